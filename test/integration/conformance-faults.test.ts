import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkConformance } from '../conformance/conformance-checker.ts';
import { FaultyProxy, type Passing, type ProxyFault } from '../conformance/faulty-proxy.ts';
import { startRig, type Rig } from './gateway/rig.ts';

/** One camera with a list that is long enough for deltas, one whose segments leave soon, one that has been away. */
const lists = { long: 'cam0', short: 'cam1', broken: 'cam2' } as const;

interface SeededFault {
  /** The rule that must name it. */
  readonly rule: string;
  readonly what: string;
  readonly fault: () => ProxyFault;
  readonly list?: keyof typeof lists;
  /** 4 s are enough for most. */
  readonly durationMs?: number;
}

const isPlaylist = ({ name }: Passing): boolean => name === 'live.m3u8';
const isPart = ({ name }: Passing): boolean => name.startsWith('part-');

/** Changes every text of the media playlist. */
function mend(change: (text: string, passing: Passing) => string): ProxyFault {
  return {
    answer: (passing) =>
      isPlaylist(passing) && passing.status === 200
        ? { body: Buffer.from(change(passing.body.toString(), passing)) }
        : {},
  };
}

/** Changes the multivariant playlist. */
function mendVariant(search: RegExp, replacement: string): ProxyFault {
  return {
    answer: ({ name, body }) =>
      name === 'index.m3u8'
        ? { body: Buffer.from(body.toString().replace(search, replacement)) }
        : {},
  };
}

/** Something that counts up with every call. */
function counter(): () => number {
  let count = 0;
  return () => count++;
}

const seeded: readonly SeededFault[] = [
  {
    rule: 'late-answer',
    what: 'a playlist that comes long after its part',
    fault: () => ({ delayMs: (passing) => (isLateReload(passing) ? 5000 : 0) }),
    durationMs: 15_000,
  },
  {
    rule: 'late-answer',
    what: 'a hinted part that comes long after its playlist',
    fault: () => ({ delayMs: (passing) => (/part-\d*[05]\./.test(passing.name) ? 5000 : 0) }),
    durationMs: 15_000,
  },
  {
    rule: 'blocking-reload',
    what: 'an answer before the part is there',
    fault: () => ({ ask: (url) => url.searchParams.delete('_HLS_msn') }),
  },
  {
    rule: 'bad-request',
    what: 'directives that are ignored',
    fault: () => ({ ask: (url) => (url.search = '') }),
  },
  {
    rule: 'bad-request',
    what: 'mistakes that are forgiven',
    fault: () => ({ answer: ({ status }) => (status === 400 ? { status: 200 } : {}) }),
  },
  {
    rule: 'old-segment',
    what: 'old segments that are refused',
    fault: () => ({
      answer: ({ query }) => (query.get('_HLS_msn') === '0' ? { status: 404 } : {}),
    }),
  },
  {
    rule: 'same-bytes',
    what: 'a part with other bytes than its hint',
    fault: () => {
      const next = counter();
      return {
        answer: (passing) =>
          isPart(passing) && next() % 2 === 1 ? { body: flipped(passing.body) } : {},
      };
    },
  },
  {
    rule: 'parts-make-segment',
    what: 'a segment of other bytes than its parts',
    fault: () => ({
      answer: ({ name, body }) => (/^\d+\.m4s$/.test(name) ? { body: flipped(body) } : {}),
    }),
  },
  {
    rule: 'listed-is-there',
    what: 'a listed part that is missing without a gap',
    fault: () => ({ answer: ({ name }) => (/part-\d*3\.m4s/.test(name) ? { status: 404 } : {}) }),
  },
  {
    rule: 'fetchable-after-removal',
    what: 'a segment that goes when it leaves the list',
    list: 'short',
    durationMs: 9000,
    fault: () => {
      let first = 0;
      return {
        answer: (passing) => {
          const text = isPlaylist(passing) ? passing.body.toString() : '';
          first = Math.max(first, Number(/MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1] ?? 0));
          const msn = Number(/^(\d+)\.m4s$/.exec(passing.name)?.[1] ?? Infinity);
          return msn < first ? { status: 404 } : {};
        },
      };
    },
  },
  {
    rule: 'constant-part-target',
    what: 'a PART-TARGET that grows',
    fault: () => {
      const next = counter();
      return mend((text) => text.replace('PART-TARGET=0.2', `PART-TARGET=0.2${next()}`));
    },
  },
  {
    rule: 'constant-target-duration',
    what: 'a TARGETDURATION that grows',
    fault: () => {
      const next = counter();
      return mend((text) => text.replace('TARGETDURATION:2', `TARGETDURATION:${next() + 2}`));
    },
  },
  {
    rule: 'discontinuity',
    what: 'a new encoder without EXT-X-DISCONTINUITY',
    list: 'broken',
    fault: () => mend((text) => text.replaceAll('#EXT-X-DISCONTINUITY\n', '')),
  },
  {
    rule: 'map-per-discontinuity',
    what: 'a discontinuity without an init segment',
    list: 'broken',
    fault: () => mend((text) => text.replaceAll(/(DISCONTINUITY\n)#EXT-X-MAP.*\n/g, '$1')),
  },
  {
    rule: 'skip-boundary',
    what: 'a delta that skips inside of the boundary',
    fault: () => mend((text, { query }) => (query.has('_HLS_skip') ? skipMore(text) : text)),
  },
  {
    rule: 'delta-equals-full',
    what: 'a delta that tells another story',
    durationMs: 6000,
    fault: () =>
      mend((text, { query }) =>
        query.has('_HLS_skip') ? text.replace(/#EXTINF:1\.0/, '#EXTINF:1.1') : text,
      ),
  },
  {
    rule: 'preload-hint-true',
    what: 'a hint that is never listed',
    fault: () => mend((text) => text.replace(/(PRELOAD.*URI=").*"/, '$1other.m4s"')),
  },
  {
    rule: 'part-duration-true',
    what: 'parts that last longer than their frames',
    fault: () => mend((text) => text.replaceAll(/DURATION=0\.\d+/g, 'DURATION=0.40000')),
  },
  {
    rule: 'extinf-true',
    what: 'segments that last longer than their frames',
    fault: () => mend((text) => text.replaceAll(/#EXTINF:[\d.]+/g, '#EXTINF:1.30000')),
  },
  {
    rule: 'independent',
    what: 'parts that call themselves independent',
    fault: () =>
      mend((text) => text.replaceAll(/(URI="part-\d+\.m4s")\n/g, '$1,INDEPENDENT=YES\n')),
  },
  {
    rule: 'program-date-time',
    what: 'a clock that jumps',
    fault: () => mend((text) => text.replaceAll(/(PROGRAM-DATE-TIME:.*:)\d\d\./g, '$100.')),
  },
  {
    rule: 'held-in-vain',
    what: 'a part that is never answered',
    fault: () => ({
      answer: ({ query }) => (query.has('_HLS_part') ? { status: 503, headers: problem } : {}),
    }),
  },
  {
    rule: 'hold-limit',
    what: 'a 503 before three target durations are over',
    fault: () => ({
      answer: ({ query }) => (query.has('_HLS_part') ? { status: 503, headers: problem } : {}),
    }),
  },
  {
    rule: 'cors',
    what: 'media that other pages cannot read',
    fault: () => ({
      answer: ({ headers }) => ({ headers: { 'content-type': headers['content-type'] } }),
    }),
  },
  {
    rule: 'cache-control',
    what: 'a playlist that caches keep',
    fault: () => ({
      answer: ({ name, headers }) =>
        name === 'live.m3u8' ? { headers: { ...headers, 'cache-control': 'max-age=60' } } : {},
    }),
  },
  {
    rule: 'content-type',
    what: 'media of no kind',
    fault: () => ({
      answer: ({ headers }) => ({ headers: { ...headers, 'content-type': 'text/plain' } }),
    }),
  },
  {
    rule: 'bandwidth',
    what: 'a BANDWIDTH of a third',
    fault: () => mendVariant(/BANDWIDTH=\d+,/, 'BANDWIDTH=50000,'),
  },
  {
    rule: 'average-bandwidth',
    what: 'a false AVERAGE-BANDWIDTH',
    fault: () => mendVariant(/AVERAGE-BANDWIDTH=\d+/, 'AVERAGE-BANDWIDTH=9000000'),
  },
  {
    rule: 'codecs',
    what: 'another profile',
    fault: () => mendVariant(/avc1\.\w+/, 'avc1.640028'),
  },
  { rule: 'codecs', what: 'sound that is not told', fault: () => mendVariant(/,mp4a\.40\.2/, '') },
  {
    rule: 'resolution',
    what: 'another size',
    fault: () => mendVariant(/RESOLUTION=\w+/, 'RESOLUTION=1920x1080'),
  },
  {
    rule: 'frame-rate',
    what: 'another frame rate',
    fault: () => mendVariant(/FRAME-RATE=[\d.]+/, 'FRAME-RATE=12.000'),
  },
  {
    rule: 'video-range',
    what: 'a range that is not in the media',
    fault: () => mendVariant(/(FRAME-RATE=[\d.]+)/, '$1,VIDEO-RANGE=PQ'),
  },
];

let rig: Rig;
const stop = new AbortController();

/** How long the long list must have run, so that there is something to skip, in milliseconds. */
const warmUpMs = 16_000;

beforeAll(async () => {
  const camera = { video: 'h264', audio: 'adpcm', fps: 10, width: 320, height: 180 } as const;
  const list = (segmentCount: number) => ({ ...camera, hls: { segmentCount } });
  rig = await startRig([list(16), list(3), list(60)], { alwaysOn: true, lingerMs: 60_000 });
  await Promise.all(Object.values(lists).map((id) => rig.get(`/cameras/${id}/index.m3u8`)));
  await new Promise((resolve) => setTimeout(resolve, warmUpMs / 2));
  await rig.simulators[2]?.faults.switchOn({ kind: 'reset' });
  await new Promise((resolve) => setTimeout(resolve, warmUpMs / 2));
});

afterAll(async () => {
  stop.abort();
  await rig[Symbol.asyncDispose]();
});

async function rulesFor(seed: Omit<SeededFault, 'rule' | 'what'>): Promise<readonly string[]> {
  const { list = 'long', durationMs = 4000, fault } = seed;
  await using proxy = await FaultyProxy.start(rig.url('/'), fault());
  const report = await checkConformance({
    url: proxy.url(`/cameras/${lists[list]}/index.m3u8`),
    durationMs,
    frameSeconds: 0.13,
    mayPause: false,
    signal: stop.signal,
  });
  return [...new Set(report.violations.map(({ rule }) => rule))];
}

// Five at a time, which is what the test runner does with concurrent tests.
describe.concurrent('a low-latency client names the fault of a server', () => {
  it('finds nothing when the proxy breaks nothing', async () => {
    expect(await rulesFor({ fault: () => ({}), list: 'broken' })).toEqual([]);
  });

  it.each(seeded)('$rule: $what', async ({ rule, ...seed }) => {
    expect(await rulesFor(seed)).toContain(rule);
  });
});

const problem = {
  'content-type': 'application/problem+json',
  'cache-control': 'no-store',
  'access-control-allow-origin': '*',
};

/** A reload for the first part of a segment, so that the ones between are in time. */
function isLateReload(passing: Passing): boolean {
  return isPlaylist(passing) && passing.query.get('_HLS_part') === '1';
}

/** The same length, other content: the last byte is turned over. */
function flipped(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  copy.writeUInt8(copy.readUInt8(copy.length - 1) ^ 0xff, copy.length - 1);
  return copy;
}

/** Takes two more segments out of a text. */
function skipMore(text: string): string {
  const skipped = Number(/SKIPPED-SEGMENTS=(\d+)/.exec(text)?.[1] ?? '0');
  const segment = /#EXT-X-PROGRAM-DATE-TIME(?:(?!#EXTINF)[^])*#EXTINF.*\n.*\n/;
  const tag = `#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped + 4}\n`;
  const bare = text.replace(/#EXT-X-SKIP.*\n/, '').replace(/#EXT-X-MAP.*\n/, '');
  const cut = [1, 2, 3, 4].reduce((rest) => rest.replace(segment, ''), bare);
  return cut.replace(/(DISCONTINUITY-SEQUENCE.*\n)/, `$1${tag}`);
}
