import { execFileSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { FrameHub } from '../../src/media/frame-hub.ts';
import { byteLengthOf, type Frame, type FrameStream } from '../../src/media/frame.ts';
import { parseJpeg } from '../../src/media/jpeg/jpeg.ts';
import { encodeStill } from '../../src/sources/slate/encode-still.ts';
import { matroskaFrame, matroskaHead } from '../../src/media/matroska/matroska-writer.ts';
import { decodeStillsArgs } from '../../src/transcode/arguments.ts';
import { AudioEncoder } from '../../src/transcode/audio-encoder.ts';
import { JpegDecoder } from '../../src/transcode/jpeg-decoder.ts';
import { runOnce } from '../../src/transcode/ffmpeg/one-shot.ts';
import { StillDecoder } from '../../src/transcode/still-decoder.ts';
import { VideoEncoder } from '../../src/transcode/video-encoder.ts';
import { nalUnits } from '../../src/media/nal/nal-units.ts';
import { claimedKeyframe } from '../unit/media/claimed-frame.ts';
import { frameAt, h264Track, jpegAt, jpegTrack, Recorder, runOf } from '../unit/media/frames.ts';
import { mpeg4Stream } from '../unit/media/mpeg4-stream.ts';
import { accessUnitsOf, annexB, encodeStream } from '../unit/media/video-programs.ts';
import { TestTools } from '../unit/transcode/stand-in.ts';
import { bothBuilds } from './ffmpeg/builds.ts';
import { beep, fieldVideo, nalVideo, type CodedVideo } from './ffmpeg/coded-media.ts';
import { jpegFrames } from './ffmpeg/media.ts';
import { probe } from './ffmpeg/run.ts';

const second = 1_000;
const day = 24 * 3_600 * second;
const fps = 15;
const jpegs = jpegFrames({ width: 322, height: 240, fps, seconds: 3 });
const never = new AbortController().signal;

function jpegVideo(beginMs: number): CodedVideo {
  const frames = jpegs.map((bytes, index) =>
    jpegAt(beginMs + Math.round((index * second) / fps), bytes),
  );
  return { track: { ...jpegTrack, width: 322, height: 240 }, frames };
}

const videos: readonly (readonly [string, () => CodedVideo])[] = [
  ['JPEG', () => jpegVideo(0)],
  ['H.264', () => nalVideo('h264', { frameMs: 40, frameCount: 30 })],
  ['HEVC', () => nalVideo('hevc', { frameMs: 40, frameCount: 30 })],
  ['MPEG-4', () => mpeg4Stream({ frameCount: 30, gopFrames: 10 })],
];

/**
 * Gives the camera's next frame when `output` has shown the one before: a transcoder that holds back more than
 * `heldCount` never ends.
 */
async function inLockstep(
  hub: FrameHub,
  { track, frames }: CodedVideo,
  output: FrameStream,
  heldCount = 0,
) {
  const recorder = new Recorder(output);
  hub.begin(runOf(track));
  for (const [index, frame] of frames.entries()) {
    hub.push(frame);
    const count = Math.max(0, index + 1 - heldCount);
    await vi.waitFor(() => expect(recorder.frames.length).toBe(count), { interval: 5 });
  }
  return recorder;
}

function streamOf({ runs, frames }: Recorder): Buffer {
  const sets = runs[0]?.video.parameterSets ?? [];
  return annexB([...sets, ...frames.flatMap(({ data }) => data)]);
}

describe.each(await bothBuilds())('%s', (_, binary) => {
  describe('video to H.264', () => {
    it.each(videos)('%s: each frame comes out at once, with its own time', async (_name, make) => {
      const video = make();
      const tools = new TestTools(binary);
      const hub = new FrameHub();
      const encoder = new VideoEncoder({ source: hub, tools, keyframeMs: second });
      encoder.start();
      const recorder = await inLockstep(hub, video, encoder.output);
      await encoder.dispose();
      expect(recorder.frames.map(({ pts }) => pts)).toEqual(video.frames.map(({ pts }) => pts));
      const { width, height } = video.track;
      expect(recorder.runs).toMatchObject([{ video: { codec: 'h264', width, height } }]);
      const { streams, errors } = await probe(streamOf(recorder), 'h264');
      expect(errors).toBe('');
      expect(streams).toMatchObject([
        { codec_name: 'h264', pix_fmt: 'yuv420p', color_range: 'tv', width, height },
      ]);
      expect(Number(streams[0]?.nb_read_frames)).toBe(video.frames.length);
      expect(tools).toMatchObject({ failures: [], restarts: {} });
      expect(encoder.droppedTotal).toBe(0);
    });

    it('shows fields of two times without combs, each frame when the next has come', async () => {
      const video = fieldVideo('interlaced', 20);
      const tools = new TestTools(binary);
      const hub = new FrameHub();
      const encoder = new VideoEncoder({ source: hub, tools, keyframeMs: second });
      encoder.start();
      const recorder = await inLockstep(hub, video, encoder.output, 1);
      await encoder.dispose();
      const fed = video.frames.slice(0, -1);
      expect(recorder.frames.map(({ pts }) => pts)).toEqual(fed.map(({ pts }) => pts));
      expect(combOf(annexB(fed.flatMap(({ data }) => data)), 'h264')).toBeGreaterThan(20);
      expect(combOf(streamOf(recorder), 'h264')).toBeLessThan(5);
      expect(tools).toMatchObject({ failures: [], restarts: {} });
      expect(encoder.droppedTotal).toBe(0);
    });

    // FLV counts milliseconds in 31 bits, which are 24.8 days.
    it.each([0, 3_600 * second, 24.855 * day, 100 * day])(
      'has a keyframe each second from a child that starts at %i ms of its run',
      async (beginMs) => {
        const video = jpegVideo(beginMs);
        const tools = new TestTools(binary);
        const hub = new FrameHub();
        const encoder = new VideoEncoder({ source: hub, tools, keyframeMs: second });
        encoder.start();
        const { frames } = await inLockstep(hub, video, encoder.output);
        await encoder.dispose();
        expect(frames.map(({ pts }) => pts)).toEqual(video.frames.map(({ pts }) => pts));
        const keyframes = frames.filter(({ isKeyframe }) => isKeyframe);
        expect(keyframes.map(({ pts }) => pts / 90 - beginMs)).toEqual([0, second, 2 * second]);
      },
    );

    it('in odd sizes becomes even, and keeps black black', async () => {
      const black = coloured('black', '321x241');
      const tools = new TestTools(binary);
      const hub = new FrameHub();
      const encoder = new VideoEncoder({ source: hub, tools, keyframeMs: second });
      encoder.start();
      const track = { ...jpegTrack, width: 321, height: 241 };
      const recorder = await inLockstep(hub, { track, frames: [jpegAt(0, black)] }, encoder.output);
      await encoder.dispose();
      expect(recorder.runs[0]?.video).toMatchObject({ width: 320, height: 240 });
      const luma = decoded(streamOf(recorder), 'h264', 'yuv420p');
      expect(Math.abs((luma[80 * 60] ?? -99) - 16)).toBeLessThanOrEqual(2);
    });
  });

  describe('audio to AAC', () => {
    it.each(['adpcm_ima_wav', 'pcm_alaw', 'pcm_mulaw', 'pcm_s16le', 'pcm_u8'] as const)(
      '%s: a beep is heard within 40 ms of its time',
      async (codec) => {
        const seconds = 3;
        const beepMs = 1_500;
        // Any time of a run: the child is told nothing of it.
        const beginSeconds = 7_200;
        const audio = beep(codec, seconds, beepMs);
        const tools = new TestTools(binary);
        const frames: Frame[] = [];
        const encoder = new AudioEncoder({ tools, onFrame: (frame) => frames.push(frame) });
        encoder.start(audio.track);
        for (const frame of audio.frames) {
          const pts = frame.pts + beginSeconds * audio.track.timescale;
          encoder.feed({ ...frame, pts, dts: pts });
        }
        const enough = ((seconds - 0.5) * 48_000) / 1024;
        await vi.waitFor(() => expect(frames.length).toBeGreaterThan(enough));
        await encoder.dispose();
        const [first] = frames;
        expect(frames.map(({ pts }) => pts)).toEqual(
          frames.map((_frame, index) => (first?.pts ?? 0) + 1024 * index),
        );
        const loudestAt = loudestSample(decodedAac(frames));
        const heardMs = (first?.pts ?? 0) / 48 - beginSeconds * 1000 + loudestAt / 48;
        expect(Math.abs(heardMs - beepMs)).toBeLessThan(40);
        expect(tools).toMatchObject({ failures: [], restarts: {} });
      },
    );
  });

  describe('video to JPEG', () => {
    it.each(videos.slice(1))('%s', async (_name, make) => {
      const { track, frames } = make();
      const tools = new TestTools(binary);
      const hub = new FrameHub();
      const decoder = new JpegDecoder({ source: hub, tools });
      decoder.start();
      const slow = frames.map((frame, index) => ({ ...frame, pts: index * 9_000, dts: index }));
      const recorder = await inLockstep(hub, { track, frames: slow }, decoder.output);
      await decoder.dispose();
      const { width, height } = track;
      expect(recorder.runs).toMatchObject([{ video: { codec: 'mjpeg', width, height } }]);
      const { streams, errors } = await probe(bytesOf(recorder.frames), 'mjpeg');
      expect(errors).toBe('');
      expect(streams).toMatchObject([{ codec_name: 'mjpeg', pix_fmt: 'yuvj420p', width, height }]);
    });

    it('shows fields of two times without combs, each frame when the next has come', async () => {
      const { track, frames } = fieldVideo('interlaced', 20);
      const tools = new TestTools(binary);
      const hub = new FrameHub();
      const decoder = new JpegDecoder({ source: hub, tools });
      decoder.start();
      const slow = frames.map((frame, index) => ({ ...frame, pts: index * 9_000, dts: index }));
      const recorder = await inLockstep(hub, { track, frames: slow }, decoder.output, 1);
      await decoder.dispose();
      expect(combOf(bytesOf(recorder.frames), 'mjpeg')).toBeLessThan(5);
    });

    it.each([
      [15, 15],
      [30, 15],
      [5, 5],
    ])('of %i frames a second comes as %i', async (rate, expected) => {
      const seconds = 2;
      const frameCount = rate * seconds;
      const { track, frames } = nalVideo('h264', { frameMs: second / rate, frameCount });
      const tools = new TestTools(binary);
      const hub = new FrameHub();
      const decoder = new JpegDecoder({ source: hub, tools });
      decoder.start();
      const recorder = new Recorder(decoder.output);
      hub.begin(runOf(track));
      for (const frame of frames) hub.push(frame);
      const count = expected * seconds;
      await vi.waitFor(() => expect(recorder.frames.length).toBeGreaterThanOrEqual(count));
      await decoder.dispose();
      expect(recorder.frames).toHaveLength(count);
      const times = recorder.frames.map(({ dts }) => dts);
      expect(times).toEqual([...new Set(times)].toSorted((one, other) => one - other));
    });
  });

  describe('stills of keyframes', () => {
    /** The still of each of these frames, each fed when the one before is there. */
    async function stillsOf(
      { track, frames }: CodedVideo,
      width?: number,
    ): Promise<{ jpegs: Buffer[]; tools: TestTools }> {
      const tools = new TestTools(binary);
      const stills: { jpeg: Buffer; frame: Frame }[] = [];
      const onStill = (jpeg: Buffer, frame: Frame): void => void stills.push({ jpeg, frame });
      const decoder = new StillDecoder({ tools, width, onStill });
      for (const [index, frame] of frames.entries()) {
        decoder.feed(track, [frame]);
        await vi.waitFor(() => expect(stills).toHaveLength(index + 1));
      }
      await decoder.dispose();
      expect(stills.map(({ frame }) => frame)).toEqual(frames);
      expect(tools).toMatchObject({ failures: [], restarts: {} });
      return { jpegs: stills.map(({ jpeg }) => jpeg), tools };
    }

    const sizeOf = (jpeg: Buffer | undefined): string => {
      const { width, height } = parseJpeg(jpeg ?? Buffer.alloc(0));
      return `${width}x${height}`;
    };

    it.each(videos)('%s, each at once', async (_name, make) => {
      const { track, frames } = make();
      const keyframes = frames.filter(({ isKeyframe }) => isKeyframe).slice(0, 3);
      const { jpegs: stills } = await stillsOf({ track, frames: keyframes });
      const { streams, errors } = await probe(Buffer.concat(stills), 'mjpeg');
      expect(errors).toBe('');
      const { width, height } = track;
      expect(streams).toMatchObject([{ codec_name: 'mjpeg', pix_fmt: 'yuvj420p', width, height }]);
    });

    it.each([
      ['h264', ['-bf', '3']],
      ['h264', ['-bf', '3', '-x264-params', 'open-gop=1']],
      ['hevc', ['-x265-params', 'log-level=error:bframes=4']],
      ['hevc', ['-x265-params', 'log-level=error:bframes=4:open-gop=0']],
    ] as const)('%s beside B-frames, %j, each at once', async (codec, options) => {
      const stream = encodeStream({ codec, options, frameCount: 45 });
      const units = accessUnitsOf(stream, codec).filter(({ isKeyframe }) => isKeyframe);
      const parameterSets = units[0]?.parameterSets ?? [];
      const track = { ...h264Track, codec, width: 320, height: 240, parameterSets };
      const frames = units.map((unit, index) => frameAt(index * second, true, unit.units));
      const { jpegs: stills } = await stillsOf({ track, frames });
      expect(stills.map(sizeOf)).toEqual(frames.map(() => '320x240'));
    });

    it('of fields of two times have no combs, and progressive ones are as sharp as ever', async () => {
      const keyframesOf = ({ track, frames }: CodedVideo): CodedVideo => ({
        track,
        frames: frames.filter(({ isKeyframe }) => isKeyframe),
      });
      const interlaced = await stillsOf(keyframesOf(fieldVideo('interlaced', 40)));
      expect(interlaced.jpegs).toHaveLength(4);
      expect(combOf(Buffer.concat(interlaced.jpegs), 'mjpeg')).toBeLessThan(5);
      const whole = keyframesOf(fieldVideo('progressive', 40));
      const { jpegs: progressive } = await stillsOf(whole);
      const args = decodeStillsArgs({
        ...{ width: undefined, hasFields: false, hasIntraRefresh: false },
        features: binary.features,
      });
      const input = [
        matroskaHead({ video: whole.track }),
        ...whole.frames.flatMap((frame) => matroskaFrame(frame, whole.track)),
      ];
      const limits = { timeoutMs: 10_000, maxOutputBytes: 1 << 20, signal: never };
      const untouched = await runOnce(new TestTools(binary), {
        ...{ purpose: 'still', args, input, ...limits },
      });
      expect(Buffer.concat(progressive).equals(untouched)).toBe(true);
    });

    it('in other sizes keep their shape in even numbers, and are never enlarged', async () => {
      const [large = Buffer.alloc(0)] = jpegFrames({ width: 642, height: 481, fps: 1, seconds: 1 });
      const video = {
        track: { ...jpegTrack, width: 642, height: 481 },
        frames: [jpegAt(0, large)],
      };
      expect(sizeOf((await stillsOf(video, 320)).jpegs[0])).toBe('320x240');
      expect(sizeOf((await stillsOf(video, 1280)).jpegs[0])).toBe('642x480');
    });

    // A JPEG of 0 and 255 taken for limited range would come out as 16 and 235, or be cut off.
    it.each([
      ['black', 0],
      ['white', 255],
    ] as const)('keep %s', async (colour, expected) => {
      const frame = jpegAt(0, coloured(colour, '320x240'));
      const track = { ...jpegTrack, width: 320, height: 240 };
      const { jpegs: stills } = await stillsOf({ track, frames: [frame] }, 160);
      const luma = decoded(stills[0] ?? Buffer.alloc(0), 'mjpeg', 'gray');
      expect(Math.abs((luma[80 * 60] ?? -99) - expected)).toBeLessThanOrEqual(2);
    });

    it('take no memory for a keyframe that claims 250 megapixels', async () => {
      const units = [...nalUnits(claimedKeyframe({ columns: 994, rows: 994 }))];
      const track = { ...h264Track, parameterSets: units.slice(0, 2) };
      const args = decodeStillsArgs({
        ...{ width: undefined, hasFields: false, hasIntraRefresh: false },
        features: binary.features,
      });
      const input = [
        matroskaHead({ video: track }),
        ...matroskaFrame(frameAt(0, true, units), track),
      ];
      const limits = { timeoutMs: 10_000, maxOutputBytes: 1 << 20, signal: never };
      await expect(
        runOnce(new TestTools(binary), { purpose: 'still', args, input, ...limits }),
      ).rejects.toMatchObject({ message: 'ffmpeg failed: frame-too-large' });
    });
  });

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

function bytesOf(frames: readonly Frame[]): Buffer {
  return Buffer.concat(
    frames.flatMap(({ data }) => data),
    frames.reduce((sum, frame) => sum + byteLengthOf(frame), 0),
  );
}

function ffmpeg(args: readonly string[], input?: Buffer): Buffer {
  return execFileSync('/usr/bin/ffmpeg', ['-v', 'error', ...args, 'pipe:1'], {
    ...(input && { input }),
    maxBuffer: 1 << 28,
  });
}

/** A JPEG of one colour. */
function coloured(colour: string, size: string): Buffer {
  const source = `color=${colour}:size=${size},format=yuvj420p`;
  return ffmpeg(['-f', 'lavfi', '-i', source, '-frames:v', '1', '-f', 'mjpeg']);
}

/** The pixels of the first frame; luma stands first. */
function decoded(bytes: Buffer, format: 'h264' | 'mjpeg', pixels: 'yuv420p' | 'gray'): Buffer {
  const args = ['-f', format, '-i', 'pipe:0', '-frames:v', '1', '-pix_fmt', pixels];
  return ffmpeg([...args, '-f', 'rawvideo'], bytes);
}

/** How many of 1000 pixels, in lines of 320, stand out from both of their neighbours by more than 20 steps of luma. */
function combOf(bytes: Buffer, format: 'h264' | 'mjpeg'): number {
  const args = ['-f', format, '-i', 'pipe:0', '-pix_fmt', 'gray', '-f', 'rawvideo'];
  const luma = ffmpeg(args, bytes);
  let count = 0;
  for (let at = 320; at + 320 < luma.length; at += 1) {
    const [above = 0, here = 0, below = 0] = [luma[at - 320], luma[at], luma[at + 320]];
    const isLine = here > above === here > below;
    if (isLine && Math.min(Math.abs(here - above), Math.abs(here - below)) > 20) count += 1;
  }
  return (count * 1000) / luma.length;
}

/** 48 kHz, one channel, behind ADTS headers (ISO/IEC 14496-3 1.A.2.2), as 16-bit samples. */
function decodedAac(frames: readonly Frame[]): Int16Array {
  const stream = frames.flatMap(({ data }) => {
    const byteCount = 7 + data.reduce((sum, { length }) => sum + length, 0);
    const header = Buffer.from([0xff, 0xf1, 0x4c, 0x40, 0, 0x1f, 0xfc]);
    header.writeUInt8(0x40 | (byteCount >> 11), 3);
    header.writeUInt8((byteCount >> 3) & 0xff, 4);
    header.writeUInt8(((byteCount & 7) << 5) | 0x1f, 5);
    return [header, ...data];
  });
  const pcm = ffmpeg(['-f', 'aac', '-i', 'pipe:0', '-f', 's16le'], Buffer.concat(stream));
  return new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length / 2);
}

function loudestSample(samples: Int16Array): number {
  let at = 0;
  for (const [index, sample] of samples.entries()) {
    if (Math.abs(sample) > Math.abs(samples[at] ?? 0)) at = index;
  }
  return at;
}
