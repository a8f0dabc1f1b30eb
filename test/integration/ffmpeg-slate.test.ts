import { describe, expect, it } from 'vitest';
import { drawSlate, gridFor } from '../../src/camera/slate-picture.ts';
import { fmp4FromSlateArgs } from '../../src/ffmpeg/arguments.ts';
import { bothBuilds } from './ffmpeg/builds.ts';
import { feedInSteps, probe } from './ffmpeg/run.ts';

const size = { width: 640, height: 360 };
const grid = gridFor(size);
const rate = { frameCount: 1, periodMs: 200 };
const pictures = ['the picture stopped', 'not reachable'].map((reason) =>
  drawSlate({ name: 'BACK YARD', signal: 'no signal since 14:03:12', reason }, grid),
);
/** 3 s of frames, whose words change in the middle. */
const items = Array.from({ length: 15 }, (_, index) => ({
  kind: 'video' as const,
  timeMs: index * 200,
  bytes: pictures[index < 7 ? 0 : 1] ?? Buffer.alloc(0),
}));

describe.each(await bothBuilds())('%s', (_, binary) => {
  it.each([0, 1, 2] as const)('makes a still picture with %i channels', async (channelCount) => {
    const args = fmp4FromSlateArgs({ grid, size, rate, keyframeCount: 5, channelCount });
    // Each picture is out with the one behind it.
    const { output, exit } = await feedInSteps(binary, args, {
      head: Buffer.alloc(0),
      items,
      enough: 2,
      liveCount: items.length - 1,
    });
    // Silence has no end of its own; the child ends with its pictures all the same.
    expect(exit).toMatchObject({ reason: 'ended', code: 0 });
    const { streams, frames, errors } = await probe(output, 'mov');
    expect(errors).toBe('');
    expect(streams[0]).toMatchObject({ codec_name: 'h264', ...size, nb_read_frames: '15' });
    const video = frames.filter(({ media_type }) => media_type === 'video');
    expect(video.map(({ key_frame }) => key_frame)).toEqual(
      video.map((_frame, index) => (index % 5 === 0 ? 1 : 0)),
    );
    expect(streams).toHaveLength(channelCount === 0 ? 1 : 2);
    if (channelCount === 0) return;
    expect(streams[1]).toMatchObject({
      codec_name: 'aac',
      sample_rate: '48000',
      channels: channelCount,
    });
    // 3 s of 1024 samples at 48 kHz.
    expect(Number(streams[1]?.nb_read_frames)).toBeGreaterThan(130);
    expect(Number(streams[1]?.nb_read_frames)).toBeLessThan(150);
  });
});
