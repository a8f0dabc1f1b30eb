/**
 * What ffmpeg's messages mean. The words are stable: they label ffmpeg_restarts_total. Raw lines are never kept, they
 * may hold addresses with passwords.
 */
export const ffmpegReasons = [
  'frame-too-large',
  'invalid-input',
  'no-keyframe',
  'no-stream',
  'encoder-missing',
  'bad-option',
  'out-of-memory',
  'broken-pipe',
  'corrupt-media',
  'irregular-stamps',
  'unknown',
] as const;

export type FfmpegReason = (typeof ffmpegReasons)[number];

/**
 * First match wins, so the specific ones stand first. Wordings of ffmpeg 4 to 7, as printed by av_strerror and fftools.
 */
const patterns: readonly (readonly [RegExp, FfmpegReason])[] = [
  [/exceeds specified max pixel count/i, 'frame-too-large'],
  [/cannot allocate memory|out of memory|malloc.*failed/i, 'out-of-memory'],
  [/broken pipe|connection reset/i, 'broken-pipe'],
  [/unknown (en|de)coder|(en|de)coder .*not found|no such filter/i, 'encoder-missing'],
  [/unrecognized option|option .* not found|error (splitting|parsing) .*options?/i, 'bad-option'],
  [/matches no streams|does not contain any stream|no streams? (found|to mux)/i, 'no-stream'],
  [/non-existing [sp]ps|no frame!|missing picture in access unit/i, 'no-keyframe'],
  [/dimensions not set|could not find codec parameters|incorrect codec parameters/i, 'no-keyframe'],
  [
    /non[- ]?monoton|dts .*out of order|invalid dts|timestamps? (are|is) unset/i,
    'irregular-stamps',
  ],
  [/invalid data found when processing input|could not find (tag|boundary)/i, 'invalid-input'],
  [/moov atom not found|unable to (find|parse)|stream ends prematurely/i, 'invalid-input'],
  [
    /error while decoding|corrupt|concealing|overread|invalid (nal|frame|mb)|decode_slice/i,
    'corrupt-media',
  ],
];

/** The meaning of one line of stderr; undefined for empty lines and for ffmpeg's own summary of repetitions. */
export function readLogLine(line: string): FfmpegReason | undefined {
  const text = line.trim();
  if (text === '' || /^last message repeated/i.test(text)) return undefined;
  return patterns.find(([pattern]) => pattern.test(text))?.[1] ?? 'unknown';
}

/** One kind of message and how often it came. */
export interface LogFact {
  readonly reason: FfmpegReason;
  readonly count: number;
}

/** Longest piece of a line that is looked at, in characters. */
const maxLineLength = 2048;

/** Counts what a child says, line by line; bounded by the number of reasons, whatever it says. */
export class LogFacts {
  readonly #counts = new Map<FfmpegReason, number>();
  #rest = '';

  push(text: string): void {
    const lines = (this.#rest + text).split(/[\r\n]+/);
    this.#rest = (lines.pop() ?? '').slice(0, maxLineLength);
    for (const line of lines) this.#count(line.slice(0, maxLineLength));
  }

  /** Takes a last line without an end. */
  finish(): void {
    this.#count(this.#rest);
    this.#rest = '';
  }

  get facts(): readonly LogFact[] {
    return [...this.#counts].map(([reason, count]) => ({ reason, count }));
  }

  /**
   * The likeliest reason of a failure. ffmpeg ends with general words ("invalid data", "conversion failed") after the
   * telling ones, so the order of seriousness decides, not that of arrival.
   */
  get worst(): FfmpegReason {
    return seriousness.find((reason) => this.#counts.has(reason)) ?? 'unknown';
  }

  #count(line: string): void {
    const reason = readLogLine(line);
    if (reason !== undefined) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }
}

const seriousness: readonly FfmpegReason[] = [
  'frame-too-large',
  'out-of-memory',
  'bad-option',
  'encoder-missing',
  'no-stream',
  'no-keyframe',
  'invalid-input',
  'corrupt-media',
  'irregular-stamps',
  'broken-pipe',
];
