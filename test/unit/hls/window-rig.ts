import { LiveWindow, type LiveWindowOptions } from '../../../src/hls/live-window.ts';
import { silentLog } from '../../../src/lib/log.ts';
import type { Fragment, InitSegment, VideoTrack } from '../../../src/media/types.ts';
import type { Footage } from './ffmpeg-fragments.ts';

/** 2026-01-01T00:00:00Z: when the simulated clock of every test starts. */
export const startMs = Date.UTC(2026, 0, 1);

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
      formerFigures: undefined,
      hasIndependentSegments: false,
      log: silentLog,
      now: () => this.nowMs,
      ...options,
    });
  }

  /** Begins a session and feeds it, the clock following the frames; `each` is called after every fragment. */
  play(footage: Footage, each: () => void = () => undefined): void {
    const { init, fragments } = footage;
    const video = init.tracks.find((track) => track.kind === 'video');
    const originMs = this.nowMs;
    this.window.begin(init);
    for (const fragment of fragments) {
      const run = fragment.runs.find(({ trackId }) => trackId === video?.id);
      if (run && video) this.nowMs = originMs + (run.decodeTime * 1000) / video.timescale;
      this.window.append(fragment, this.nowMs);
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

const video: VideoTrack = {
  kind: 'video',
  id: 1,
  timescale: 1000,
  codec: 'h264',
  codecString: 'avc1.64001f',
  width: 640,
  height: 360,
  videoRange: undefined,
};

export function silentInit(name = 'init'): InitSegment {
  return { bytes: namedBox(name), tracks: [video] };
}

export function initWithSound(): InitSegment {
  const audio = {
    kind: 'audio',
    id: 2,
    timescale: 48_000,
    codec: 'aac',
    codecString: 'mp4a.40.2',
    sampleRate: 48_000,
    channelCount: 1,
  } as const;
  return { bytes: namedBox('init with sound'), tracks: [video, audio] };
}

/** Without a `moov`: fragments that belong to it are passed on as they are, so that tests can tell them by their text. */
function namedBox(name: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + name.length);
  head.write('free', 4);
  return Buffer.concat([head, Buffer.from(name)]);
}

/** Times in milliseconds; the frame's text is its number. */
export function frame(timeMs: number, durationMs: number, isKeyframe = false): Fragment {
  return {
    bytes: Buffer.from(`frame ${timeMs}\n`),
    runs: [{ trackId: 1, decodeTime: timeMs, duration: durationMs, sampleCount: 1, isKeyframe }],
  };
}

export function sound(time: number): Fragment {
  return {
    bytes: Buffer.from('sound\n'),
    runs: [{ trackId: 2, decodeTime: time, duration: 1024, sampleCount: 1, isKeyframe: true }],
  };
}

export interface Pattern {
  readonly seconds: number;
  readonly frameMs: number;
  readonly gopMs: number;
}

/** Evenly spaced frames without sound. */
export function evenFrames({ seconds, frameMs, gopMs }: Pattern): Fragment[] {
  const fragments: Fragment[] = [];
  for (let timeMs = 0; timeMs < seconds * 1000; timeMs += frameMs) {
    fragments.push(frame(timeMs, frameMs, timeMs % gopMs === 0));
  }
  return fragments;
}

/** Of every playlist of 200 ms parts whose targets are 2 s. */
export const head = `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,HOLD-BACK=6,PART-HOLD-BACK=0.6
#EXT-X-PART-INF:PART-TARGET=0.2
`;

/** Of a life whose first part had to be a segment of its own. */
export const beginning = `${head}#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXT-X-PART:DURATION=0.20000,URI="part-0.m4s",INDEPENDENT=YES
#EXTINF:0.20000,
0.m4s
`;
