import { describe, expect, it } from 'vitest';
import { encodeStill } from '../../../src/sources/slate/encode-still.ts';
import { annexB } from '../../unit/media/video-programs.ts';
import { TestTools } from '../../unit/transcode/stand-in.ts';
import { bothBuilds } from '../ffmpeg/builds.ts';
import { probe } from '../ffmpeg/run.ts';

const never = new AbortController().signal;

describe.each(await bothBuilds())('%s', (_, binary) => {
  it('the slate: two groups that may be repeated for ever', async () => {
    const grid = { width: 160, height: 90 };
    const tools = new TestTools(binary);
    const { track, frames } = await encodeStill(
      { grid, pixels: Buffer.alloc((grid.width * grid.height * 3) / 2, 128) },
      { size: { width: 640, height: 360 }, keyframeCount: 5, tools, signal: never },
    );
    expect(track).toMatchObject({ codec: 'h264', width: 640, height: 360 });
    expect(frames.map(({ isKeyframe }) => isKeyframe)).toEqual(
      Array.from({ length: 10 }, (_frame, index) => index % 5 === 0),
    );
    const rounds = [...frames, ...frames, ...frames].flatMap(({ data }) => data);
    const { streams, errors } = await probe(annexB([...track.parameterSets, ...rounds]), 'h264');
    expect(errors).toBe('');
    expect(Number(streams[0]?.nb_read_frames)).toBe(30);
    expect(tools.tally.children).toEqual([]);
  });
});
