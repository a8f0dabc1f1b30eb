import {
  LiveWindow,
  type LiveWindowOptions,
} from '../../../../src/outputs/hls/window/live-window.ts';
import type { ForeseenVideo } from '../../../../src/outputs/hls/window/stream-figures.ts';
import { silentLog } from '../../../../src/lib/log.ts';
import { aacConfigurationOf } from '../../../../src/media/aac/aac-configuration.ts';
import { aacTrack } from '../../../../src/media/aac/aac-track.ts';
import {
  videoTimescale,
  type AudioTrack,
  type Frame,
  type Run,
  type VideoTrack,
} from '../../../../src/media/frame.ts';
import { sampleDefaults } from '../../../../src/media/mp4/init-writer.ts';
import { readSamples, type Sample } from '../../../../src/media/mp4/track-samples.ts';

/** 2026-01-01T00:00:00Z: when the simulated clock of every test starts. */
export const startMs = Date.UTC(2026, 0, 1);

/** What one stretch of a stream consists of. */
export interface Footage {
  readonly run: Run;
  readonly frames: readonly Frame[];
}

/** A live window on a clock that the test moves. */
export class WindowRig {
  readonly window: LiveWindow;
  readonly #signal = new AbortController().signal;
  nowMs = startMs;

  constructor(options: Partial<LiveWindowOptions> = {}) {
    this.window = new LiveWindow({
      life: 'life1',
      partMs: 200,
      segmentMs: 1000,
      segmentCount: 7,
      maxBytes: 16 * 1024 * 1024,
      maxDiskBytes: 1024 ** 3,
      windowMs: 0,
      folder: undefined,
      knownGopMs: undefined,
      earlierFigures: undefined,
      hasIndependentSegments: false,
      log: silentLog,
      now: () => this.nowMs,
      ...options,
    });
  }

  /** What is known of the video of runs before they begin. */
  foreseen: ForeseenVideo = {};

  /** Begins a run whose tick 0 is now. */
  begin(run: Run = silentRun()): void {
    this.window.begin({ ...run, originMs: this.nowMs }, this.foreseen);
  }

  /** Begins a run and feeds it, the clock following the frames; `each` is called after every frame. */
  play({ run, frames }: Footage, each: () => void = () => undefined): void {
    const originMs = this.nowMs;
    this.begin(run);
    for (const frame of frames) {
      if (frame.kind === 'video') this.nowMs = originMs + (frame.dts * 1000) / videoTimescale;
      this.window.append(frame);
      each();
    }
  }

  text(query: { msn?: string; part?: string; skip?: string } = {}): string {
    const answer = this.window.mediaPlaylist(
      { msn: query.msn, part: query.part, skip: query.skip },
      this.#signal,
    );
    if (answer instanceof Promise) throw new Error('the playlist is not there yet');
    return answer.body.toString();
  }
}

/** Of 640x360 in High profile, level 3.1, as x264 writes them. */
export const [sps, pps] = [
  Buffer.from('6764001facb201405ff2e022000003000200000300641e306490', 'hex'),
  Buffer.from('68ebc3cb22c0', 'hex'),
];

export const video: VideoTrack = {
  kind: 'video',
  codec: 'h264',
  timescale: videoTimescale,
  width: 640,
  height: 360,
  parameterSets: [sps, pps],
  fourcc: undefined,
  extradata: Buffer.alloc(0),
};

export const audio = aacTrack({ sampleRate: 48_000, channelCount: 1 });

/** HE-AAC at 48 kHz: no silence is made of it. */
const voicedAudio: AudioTrack = {
  ...audio,
  configuration: Buffer.from([
    ...aacConfigurationOf({ objectType: 5, frequency: 6, channels: 1 }),
    // Behind the channels: the rate that comes out, 48 kHz, and the core's object type, 2.
    ...[0x88, 0x00],
  ]),
};

export function silentRun(): Run {
  return { video, audio: undefined, originMs: startMs };
}

export function runWithAudio(): Run {
  return { ...silentRun(), audio };
}

/** Nothing can stand before its first keyframe. */
export function runWithoutSilence(): Run {
  return { ...silentRun(), audio: voicedAudio };
}

/** A frame as long as it takes until the next; its text is its number. It carries no parameter sets. */
export function frame(timeMs: number, isKeyframe = false): Frame {
  const ticks = timeMs * (videoTimescale / 1000);
  return {
    kind: 'video',
    pts: ticks,
    dts: ticks,
    duration: 0,
    isKeyframe,
    arrivedAtMs: timeMs,
    data: [Buffer.from(`${isKeyframe ? idrHeader : sliceHeader}frame ${timeMs}`)],
  };
}

/** NAL unit headers of an IDR picture and of another slice (ITU-T H.264 7.3.1), which are letters. */
const [idrHeader, sliceHeader] = ['e', 'A'];

/** When it was shown, in milliseconds of the run. */
export function timeMsOf({ dts }: Frame): number {
  return (dts * 1000) / videoTimescale;
}

/** The same frame with so many bytes of data, the parameter sets of a keyframe among them. */
export function sized(frame: Frame, byteLength: number): Frame {
  const sets = frame.isKeyframe ? [sps, pps] : [];
  const setBytes = sets.reduce((sum, { length }) => sum + length, 0);
  const text = frame.data.map(String).join('');
  return { ...frame, data: [...sets, Buffer.alloc(byteLength - setBytes, `${text} `)] };
}

/** `moof` and the head of `mdat` of a part of video alone, without the rows of `trun`, which are one for each frame. */
const partBoxBytes = 96;
const rowBytes = 12;
/** Before each NAL unit. */
const lengthBytes = 4;

/** The same frame, which takes so many bytes of a part of `partFrameCount` such frames, boxes included. */
export function boxed(frame: Frame, byteLength: number, partFrameCount: number): Frame {
  const unitCount = frame.isKeyframe ? 3 : 1;
  const boxBytes = partBoxBytes / partFrameCount + rowBytes + lengthBytes * unitCount;
  return sized(frame, byteLength - boxBytes);
}

/** An AAC frame of 1024 samples; its text is its time. */
export function audioFrame(pts: number): Frame {
  const times = { pts, dts: pts, duration: 1024 };
  const data = [Buffer.from(`audio ${pts}`)];
  return { kind: 'audio', ...times, isKeyframe: true, arrivedAtMs: 0, data };
}

export interface Pattern {
  readonly seconds: number;
  readonly frameMs: number;
  readonly gopMs: number;
}

/** Evenly spaced frames without audio. */
export function evenFrames({ seconds, frameMs, gopMs }: Pattern): Frame[] {
  const frames: Frame[] = [];
  for (let timeMs = 0; timeMs < seconds * 1000; timeMs += frameMs) {
    frames.push(frame(timeMs, timeMs % gopMs === 0));
  }
  return frames;
}

/** The samples of a part or a segment. */
export function samplesIn(fragments: Buffer): Sample[] {
  return [...readSamples(fragments, sampleDefaults)];
}

/** What the frames of a part or a segment say: `frame 40`, `audio 1024`. */
export function textsIn(fragments: Buffer): string[] {
  return samplesIn(fragments).map(({ bytes }) => {
    return /(frame|audio) \d+/.exec(bytes.toString('latin1'))?.[0] ?? 'silence';
  });
}

/** Of every playlist of 200 ms parts whose targets are 2 s. */
export const head = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,HOLD-BACK=6,PART-HOLD-BACK=0.6
#EXT-X-PART-INF:PART-TARGET=0.2
`;

/** The preroll of a life: five parts that show the first keyframe, ending where that begins. */
export const beginning = `${head}#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-MAP:URI="init-0.mp4"
${prerollOf({ msn: 0, firstPart: 0, date: '2025-12-31T23:59:59.000Z' })}`;

export function prerollOf(at: { msn: number; firstPart: number; date: string }): string {
  const parts = Array.from({ length: 5 }, (_, index) => {
    return `#EXT-X-PART:DURATION=0.20000,URI="part-${at.firstPart + index}.m4s",INDEPENDENT=YES\n`;
  });
  return `#EXT-X-PROGRAM-DATE-TIME:${at.date}\n${parts.join('')}#EXTINF:1.00000,\n${at.msn}.m4s\n`;
}

/** Of a life without a preroll, whose first part has to be a segment of its own. */
export const beginningWithoutPreroll = `${head}#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXT-X-PART:DURATION=0.20000,URI="part-0.m4s",INDEPENDENT=YES
#EXTINF:0.20000,
0.m4s
`;
