import { describe, expect, it, vi } from 'vitest';
import { FrameHub } from '../../src/media/frame-hub.ts';
import type { Frame, FrameStream, VideoTrack } from '../../src/media/frame.ts';
import { nalCodecOf } from '../../src/media/nal/nal-codecs.ts';
import { RecoveryPoints } from '../../src/media/nal/intra-refresh.ts';
import { JpegDecoder } from '../../src/transcode/jpeg-decoder.ts';
import { StillDecoder } from '../../src/transcode/still-decoder.ts';
import { VideoEncoder } from '../../src/transcode/video-encoder.ts';
import { frameAt, h264Track, Recorder, runOf } from '../unit/media/frames.ts';
import { annexB } from '../unit/media/video-programs.ts';
import { TestTools } from '../unit/transcode/stand-in.ts';
import { bothBuilds } from './ffmpeg/builds.ts';
import { encodeRefreshed, tornError, type RefreshedVideo } from './ffmpeg/intra-refresh.ts';

const fps = 25;
const refreshFrames = 25;
const options = { fps, seconds: 12, refreshFrames };
const videos = [
  ['P-frames alone', await encodeRefreshed(options)],
  ['B-frames', await encodeRefreshed({ ...options, bFrames: 2 })],
] as const;

/** The frames in order of decoding from the second recovery point on: nothing of it can be decoded by itself. */
function joined({ units }: RefreshedVideo): { track: VideoTrack; frames: Frame[] } {
  const points = units.flatMap(({ recoveryFrames }, index) => (recoveryFrames > 0 ? [index] : []));
  const parameterSets = units[0]?.parameterSets ?? [];
  const recovery = new RecoveryPoints('h264');
  const frames = units.slice(points[1]).map((unit, index) => {
    const frame = frameAt(index * 40, unit.isKeyframe, unit.units);
    const wholeAfter = recovery.push({ ...frame, recoveryFrames: unit.recoveryFrames });
    return wholeAfter === undefined ? frame : { ...frame, wholeAfter };
  });
  const size = { width: 320, height: 240 };
  return { track: { ...h264Track, ...size, parameterSets, hasIntraRefresh: true }, frames };
}

/** From the recovery point to each picture that is whole, reference frames alone. */
function pictures(frames: readonly Frame[]): (readonly Frame[])[] {
  return frames.flatMap((frame, index) => {
    if (frame.wholeAfter === undefined) return [];
    const lead = frames.slice(index - frame.wholeAfter, index);
    return [[...lead.filter(({ data }) => nalCodecOf('h264')?.isReference(data)), frame]];
  });
}

function isWhole(error: number): boolean {
  return error < tornError;
}

describe.each(await bothBuilds())('%s', (_, binary) => {
  it.each(videos)(
    'stills of intra refresh, %s, are those of whole pictures',
    async (_name, video) => {
      const { track, frames } = joined(video);
      const tools = new TestTools(binary);
      const jpegs: Buffer[] = [];
      const shown: Frame[] = [];
      const decoder = new StillDecoder({
        ...{ tools, width: undefined },
        onStill: (jpeg, frame) => {
          jpegs.push(jpeg);
          shown.push(frame);
        },
      });
      // One is left out, as where nobody asks for it.
      const asked = pictures(frames)
        .filter((_picture, index) => index !== 1)
        .slice(0, 4);
      expect(asked.length).toBeGreaterThan(2);
      for (const [index, picture] of asked.entries()) {
        decoder.feed(track, picture);
        await vi.waitFor(() => expect(jpegs).toHaveLength(index + 1), { timeout: 10_000 });
      }
      await decoder.dispose();
      expect(shown).toEqual(asked.map((picture) => picture.at(-1)));
      const errors = await video.errorsOf(Buffer.concat(jpegs), 'mjpeg');
      expect(errors.filter(isWhole)).toHaveLength(asked.length);
      expect(tools).toMatchObject({ failures: [], restarts: {} });
    },
  );

  describe('of intra refresh only whole pictures are shown, behind a gap too:', () => {
    const [[, video]] = videos;
    const { track, frames } = joined(video);
    const whole = frames.findIndex(({ wholeAfter }) => wholeAfter !== undefined);
    const [begun, lost, end] = [whole + 20, whole + 110, whole + 190];

    interface Transcoder {
      readonly output: FrameStream;
      start(): void;
      dispose(): Promise<void>;
    }

    /** What comes out where the child takes nothing for a while; `pad`: bytes that are added to each frame then. */
    async function shownBy(
      make: (source: FrameHub, tools: TestTools) => Transcoder,
      { pad, first, fitting }: { pad: number; first: number; fitting: number },
    ): Promise<Recorder> {
      const [hub, tools] = [new FrameHub(), new TestTools(binary)];
      const transcoder = make(hub, tools);
      const recorder = new Recorder(transcoder.output);
      const comes = (count: number): Promise<void> =>
        vi.waitFor(() => expect(recorder.frames.length).toBeGreaterThanOrEqual(count), 10_000);
      transcoder.start();
      hub.begin(runOf(track));
      for (const frame of frames.slice(0, begun)) hub.push(frame);
      await comes(first);
      const thaw = tools.freeze();
      for (const frame of frames.slice(begun, lost)) hub.push(padded(frame, pad));
      thaw();
      await comes(first + fitting);
      for (const frame of frames.slice(lost, end)) hub.push(frame);
      await comes(first + fitting + 10);
      await transcoder.dispose();
      expect(tools).toMatchObject({ failures: [], restarts: {} });
      return recorder;
    }

    it('JPEG', async () => {
      const make = (source: FrameHub, tools: TestTools) => new JpegDecoder({ source, tools });
      const shown = await shownBy(make, { pad: 20_000, first: 8, fitting: 5 });
      const jpegs = Buffer.concat(shown.frames.flatMap(({ data }) => data));
      const errors = await video.errorsOf(jpegs, 'mjpeg');
      expect(errors.length).toBeGreaterThan(20);
      expect(Math.max(...errors)).toBeLessThan(tornError);
    });

    it('H.264', async () => {
      const make = (source: FrameHub, tools: TestTools) =>
        new VideoEncoder({ source, tools, keyframeMs: 1_000 });
      // So many frames may be on their way through the encoder.
      const shown = await shownBy(make, { pad: 0, first: 20, fitting: 60 });
      const sets = shown.runs[0]?.video.parameterSets ?? [];
      const stream = annexB([...sets, ...shown.frames.flatMap(({ data }) => data)]);
      const errors = await video.errorsOf(stream, 'h264');
      expect(errors).toHaveLength(shown.frames.length);
      expect(Math.max(...errors)).toBeLessThan(tornError);
      expect(shown.frames[0]?.pts).toBe(frames[whole]?.pts);
      expect(shown.frames[80]?.isKeyframe).toBe(true);
    });
  });
});

/** With a unit of filler behind it (H.264 7.3.2.7). */
function padded(frame: Frame, byteCount: number): Frame {
  if (byteCount === 0) return frame;
  const filler = Buffer.alloc(byteCount, 0xff);
  filler[0] = 12;
  filler[byteCount - 1] = 0x80;
  return { ...frame, data: [...frame.data, filler] };
}
