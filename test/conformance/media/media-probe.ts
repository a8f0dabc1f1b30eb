import { spawn } from 'node:child_process';

/** One frame as ffprobe sees it. */
export interface ProbedFrame {
  /** Decode time in seconds. */
  readonly time: number;
  readonly isKeyframe: boolean;
  /** Where its bytes begin in what was probed. */
  readonly position: number;
}

export interface ProbedVideo {
  readonly codec: string;
  /** ffprobe's word: `Main`, `High`, `Constrained Baseline`. */
  readonly profile: string;
  /** Ten times the level of H.264. */
  readonly level: number;
  readonly width: number;
  readonly height: number;
  /** ffprobe's word for the transfer characteristics: `bt709`, `smpte2084`; undefined when nothing is said. */
  readonly transfer: string | undefined;
}

export interface ProbedMedia {
  readonly video: ProbedVideo | undefined;
  readonly audio: { readonly codec: string; readonly profile: string } | undefined;
  /** Video only, in the order of the bytes. */
  readonly frames: readonly ProbedFrame[];
}

interface ProbeOutput {
  readonly packets?: readonly {
    readonly stream_index: number;
    readonly dts_time?: string;
    readonly flags: string;
    readonly pos?: string;
  }[];
  readonly streams?: readonly {
    readonly index: number;
    readonly codec_type: string;
    readonly codec_name?: string;
    readonly profile?: string;
    readonly level?: number;
    readonly width?: number;
    readonly height?: number;
    readonly color_transfer?: string;
  }[];
}

/** A child that takes longer is stuck. */
const probeTimeoutMs = 30_000;

const entries = [
  'packet=stream_index,dts_time,flags,pos',
  'stream=index,codec_type,codec_name,profile,level,width,height,color_transfer',
].join(':');

/**
 * What ffprobe reads from an init segment and the fragments behind it: stamps from tfdt and trun without edit lists, so
 * that they compare from fragment to fragment. Rejects when ffprobe cannot read it.
 */
export async function probeMedia(bytes: Buffer): Promise<ProbedMedia> {
  const text = await runProbe(bytes);
  const { packets = [], streams = [] } = JSON.parse(text) as ProbeOutput;
  const video = streams.find((stream) => stream.codec_type === 'video');
  const audio = streams.find((stream) => stream.codec_type === 'audio');
  const frames = packets
    .filter((packet) => packet.stream_index === video?.index)
    .map(({ dts_time, flags, pos }) => {
      return { time: Number(dts_time), isKeyframe: flags.startsWith('K'), position: Number(pos) };
    })
    .sort((one, other) => one.position - other.position);
  return {
    frames,
    audio: audio && { codec: audio.codec_name ?? '', profile: audio.profile ?? '' },
    video: video && {
      codec: video.codec_name ?? '',
      profile: video.profile ?? '',
      level: video.level ?? 0,
      width: video.width ?? 0,
      height: video.height ?? 0,
      transfer: video.color_transfer === 'unknown' ? undefined : video.color_transfer,
    },
  };
}

function runProbe(bytes: Buffer): Promise<string> {
  const child = spawn(
    'ffprobe',
    ['-v', 'error', '-ignore_editlist', '1', '-of', 'json', '-show_entries', entries, '-'],
    { stdio: ['pipe', 'pipe', 'pipe'], signal: AbortSignal.timeout(probeTimeoutMs) },
  );
  const output: Buffer[] = [];
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on(
    'data',
    (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-500)),
  );
  // ffprobe may stop reading before the end; what it says then is in its exit code.
  child.stdin.on('error', () => undefined);
  child.stdin.end(bytes);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output).toString());
      else reject(new Error(`ffprobe: ${complaint.trim()}`));
    });
  });
}
