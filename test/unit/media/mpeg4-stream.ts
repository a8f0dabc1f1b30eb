import type { Frame, VideoTrack } from '../../../src/media/frame.ts';
import { frameAt, mpeg4Track } from './frames.ts';
import { ffmpeg, ffmpegBuilds } from './support.ts';

const frameMs = 40;
/** Start codes of ISO/IEC 14496-2 6.2.1; vop_coding_type follows the second one in 2 bits. */
const groupCode = Buffer.from([0, 0, 1, 0xb3]);
const frameCode = Buffer.from([0, 0, 1, 0xb6]);
const types = ['I', 'P', 'B', 'S'] as const;

export interface Mpeg4Stream {
  readonly track: VideoTrack;
  /** In the order of decoding, 40 ms apart. */
  readonly frames: readonly Frame[];
}

/** MPEG-4 part 2, 64x48: frames that refer to each other, without parameter sets of their own. */
export function mpeg4Stream(options: {
  readonly frameCount: number;
  readonly gopFrames: number;
  readonly bFrames?: number;
}): Mpeg4Stream {
  const { frameCount, gopFrames, bFrames = 0 } = options;
  const stream = ffmpeg(ffmpegBuilds[0] ?? 'ffmpeg', [
    ...['-f', 'lavfi', '-i', `testsrc=size=64x48:rate=25:duration=${frameCount / 25}`],
    ...['-c:v', 'mpeg4', '-g', String(gopFrames), '-bf', String(bFrames)],
    ...['-sc_threshold', '1000000000', '-f', 'm4v', 'pipe:1'],
  ]);
  const starts = startsOf(stream, frameCode);
  const head = stream.subarray(0, Math.min(starts[0] ?? 0, stream.indexOf(groupCode)));
  const coded = starts.map((start, index) => ({
    type: types[(stream[start + 4] ?? 0) >> 6],
    bytes: stream.subarray(start, starts[index + 1]),
  }));
  const times = timesOf(coded.map(({ type }) => type === 'B'));
  const frames = coded.map(({ type, bytes }, index) =>
    frameAt((times[index] ?? 0) * frameMs, type === 'I', [bytes]),
  );
  return { track: { ...mpeg4Track, extradata: Buffer.from(head) }, frames };
}

/** In which place each frame is shown: a B-frame at once, another one when the next other one has come. */
function timesOf(areBFrames: readonly boolean[]): number[] {
  const times: number[] = [];
  let shown = 0;
  let waiting: number | undefined;
  for (const [index, isB] of areBFrames.entries()) {
    if (isB) times[index] = shown++;
    else {
      if (waiting !== undefined) times[waiting] = shown++;
      waiting = index;
    }
  }
  if (waiting !== undefined) times[waiting] = shown;
  return times;
}

function startsOf(stream: Buffer, code: Buffer): number[] {
  const starts: number[] = [];
  for (let at = stream.indexOf(code); at >= 0; at = stream.indexOf(code, at + code.length)) {
    starts.push(at);
  }
  return starts;
}
