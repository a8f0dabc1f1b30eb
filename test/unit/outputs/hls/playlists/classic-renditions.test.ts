import { beforeAll, describe, expect, it } from 'vitest';
import type { LiveWindowOptions } from '../../../../../src/outputs/hls/window/live-window.ts';
import type {
  ClassicRendition,
  MediaResource,
} from '../../../../../src/outputs/hls/window/window.ts';
import { hevcSets } from '../../../media/hevc-sets.ts';
import { TransportStreamChecker } from '../../../media/containers/transport-stream-checker.ts';
import { makeFootage } from '../ffmpeg-fragments.ts';
import { evenFrames, silentRun, startMs, video, WindowRig, type Footage } from '../window-rig.ts';

/** Of a viewer who stays. */
const staying = (): AbortSignal => new AbortController().signal;

class ClassicRig extends WindowRig {
  list(rendition: ClassicRendition): string {
    const answer = this.window.classicPlaylist(rendition, staying());
    if (answer instanceof Promise) {
      answer.catch(() => undefined);
      throw new Error('the playlist is not there yet');
    }
    return answer.body.toString();
  }

  get(name: string): Buffer | undefined {
    const media = this.window.media(name, staying()) as MediaResource | undefined;
    return media?.kind === 'memory' ? Buffer.concat(media.chunks) : undefined;
  }
}

const hevc = {
  ...video,
  codec: 'hevc',
  parameterSets: hevcSets,
} as const;

let loud: Footage;
beforeAll(async () => {
  loud = await makeFootage({ frameRate: 10, gopSeconds: 1, seconds: 6, hasAudio: true });
}, 30_000);

/** With real media of six seconds, one keyframe a second. */
function playedRig(options: Partial<LiveWindowOptions> = {}): ClassicRig {
  const rig = new ClassicRig(options);
  rig.play(loud);
  return rig;
}

function uris(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('the classic playlist', () => {
  it('is the list of whole segments and nothing else', () => {
    const rig = new ClassicRig();
    rig.play({
      run: silentRun(),
      frames: evenFrames({ seconds: 4, frameMs: 100, gopMs: 1000 }),
    });
    const text = rig.list('classic');
    const lines = text.split('\n');
    expect(lines.slice(0, 8)).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:6',
      '#EXT-X-TARGETDURATION:2',
      '#EXT-X-MEDIA-SEQUENCE:0',
      '#EXT-X-DISCONTINUITY-SEQUENCE:0',
      '#EXT-X-MAP:URI="init-0.mp4"',
      `#EXT-X-PROGRAM-DATE-TIME:${new Date(startMs - 1000).toISOString()}`,
      expect.stringMatching(/^#EXTINF:\d+\.\d{5},$/) as string,
    ]);
    const tags = new Set(lines.map((line) => line.split(':')[0]));
    for (const tag of ['PART', 'PART-INF', 'PRELOAD-HINT', 'SERVER-CONTROL', 'SKIP'])
      expect(tags).not.toContain(`#EXT-X-${tag}`);
    for (const uri of uris(text)) expect(rig.window.media(uri, staying())).toBeDefined();
    // The same segments, numbers and bytes as in the low-latency one.
    expect(uris(rig.text())).toEqual(uris(text));
    expect(rig.window.classicPlaylist('classic', staying())).toBe(
      rig.window.classicPlaylist('classic', staying()),
    );
  });

  it('is waited for until three segments are whole', async () => {
    const rig = new ClassicRig();
    const frames = evenFrames({ seconds: 4, frameMs: 100, gopMs: 1000 });
    rig.play({ run: silentRun(), frames: frames.slice(0, 5) });
    const asked = rig.window.classicPlaylist('classic', staying());
    expect(asked).toBeInstanceOf(Promise);
    for (const frame of frames.slice(5)) rig.window.append(frame);
    expect(uris((await asked).body.toString()).length).toBeGreaterThanOrEqual(3);
  });

  it('says where a session ended, with the init segment of the next', () => {
    const rig = playedRig();
    rig.play(loud);
    for (const rendition of ['classic', 'ts'] as const) {
      const text = rig.list(rendition);
      expect(text.match(/#EXT-X-DISCONTINUITY\n/g)).toHaveLength(1);
      expect(text.includes('#EXT-X-MAP')).toBe(rendition === 'classic');
    }
    expect(rig.list('classic')).toContain(
      '#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="init-1.mp4"\n#EXT-X-PROGRAM-DATE-TIME',
    );
  });
});

describe('the MPEG-TS rendition', () => {
  it('is a playlist of version 3 over segments that join without a seam', () => {
    const rig = playedRig();
    const text = rig.list('ts');
    expect(text.split('\n').slice(0, 3)).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:3',
      '#EXT-X-TARGETDURATION:2',
    ]);
    expect(text).not.toContain('EXT-X-MAP');
    const checker = new TransportStreamChecker();
    const names = uris(text);
    expect(names.length).toBeGreaterThanOrEqual(3);
    for (const name of names) {
      const { problems } = checker.check(rig.get(name) ?? Buffer.alloc(1));
      expect(problems).toEqual([]);
    }
    expect(names).toEqual(uris(rig.list('classic')).slice(-names.length).map(asTransport));
  });

  it('is made only when asked for, once, and counted', () => {
    const rig = playedRig();
    const before = rig.window.byteCount;
    const name = uris(rig.list('classic')).map(asTransport).at(-1) ?? '';
    expect(rig.get(name)).toBeUndefined();
    rig.list('ts');
    const made = rig.window.media(name, staying());
    expect(made).toMatchObject({ contentType: 'video/mp2t' });
    expect(rig.window.byteCount).toBeGreaterThan(before * 1.3);
    rig.list('ts');
    expect(rig.window.media(name, staying())).toBe(made);
  });

  it('follows the window while it is watched, and goes when nobody asks', () => {
    const rig = playedRig();
    const checker = new TransportStreamChecker();
    const seen = new Set<string>();
    const watch = (): void => {
      for (const name of uris(rig.list('ts'))) {
        if (seen.has(name)) continue;
        seen.add(name);
        expect(checker.check(rig.get(name) ?? Buffer.alloc(1)).problems).toEqual([]);
      }
    };
    watch();
    const first = [...seen][0] ?? '';
    for (let session = 0; session < 4; session += 1) {
      rig.play(loud, watch);
    }
    expect(seen.size).toBeGreaterThan(20);
    expect(rig.get(first)).toBeUndefined();
    const text = rig.list('ts');
    expect(text).toContain(`#EXT-X-MEDIA-SEQUENCE:${parseInt(uris(text)[0] ?? '', 10)}\n`);
    const tags = text.match(/#EXT-X-DISCONTINUITY\n/g)?.length ?? 0;
    // Four sessions followed the first: what has left the list and what is in it make four.
    expect(text).toContain(`#EXT-X-DISCONTINUITY-SEQUENCE:${4 - tags}\n`);
    const newest = uris(text).at(-1) ?? '';
    rig.nowMs += 31_000;
    rig.play(loud);
    expect(rig.get(newest)).toBeUndefined();
  });

  it('has the tracks of the run that each segment is of', () => {
    const rig = playedRig();
    const { run, frames } = loud;
    rig.play({
      run: { ...run, audio: undefined },
      frames: frames.filter(({ kind }) => kind === 'video').slice(0, 31),
    });
    const text = rig.list('ts');
    const checker = new TransportStreamChecker();
    const types = uris(text).map((name) => {
      const { problems, streamTypes } = checker.check(rig.get(name) ?? Buffer.alloc(1));
      expect(problems).toEqual([]);
      return [...streamTypes.values()];
    });
    const firstSilent = types.findIndex(({ length }) => length === 1);
    expect(firstSilent).toBeGreaterThan(0);
    const expected = types.map((_, index) => (index < firstSilent ? [0x1b, 0x0f] : [0x1b]));
    expect(types).toEqual(expected);
    const [before = ''] = text.split(`\n${uris(text)[firstSilent]}`);
    expect(before.slice(before.lastIndexOf('.ts'))).toContain('#EXT-X-DISCONTINUITY\n');
  });

  it('begins anew with a discontinuity that is counted when it has left the list', () => {
    const rig = playedRig();
    const next = (): void => rig.play(loud);
    const sequenceOf = (text: string): number =>
      Number(/#EXT-X-DISCONTINUITY-SEQUENCE:(\d+)/.exec(text)?.[1]);
    const tagsIn = (text: string): number => text.match(/#EXT-X-DISCONTINUITY\n/g)?.length ?? 0;
    const before = rig.list('ts');
    expect([sequenceOf(before), tagsIn(before)]).toEqual([0, 0]);
    for (let session = 0; session < 6; session += 1) next();
    const anew = rig.list('ts');
    expect(uris(anew).some((uri) => uris(before).includes(uri))).toBe(false);
    expect(anew.slice(0, anew.indexOf('#EXTINF'))).toContain('#EXT-X-DISCONTINUITY\n');
    // Six sessions followed the first, and one new beginning.
    expect(sequenceOf(anew) + tagsIn(anew)).toBe(7);
    let last = sequenceOf(anew);
    for (let session = 0; session < 4; session += 1) {
      next();
      const text = rig.list('ts');
      expect(sequenceOf(text)).toBeGreaterThanOrEqual(last);
      last = sequenceOf(text);
      expect(last + tagsIn(text)).toBe(8 + session);
    }
  });

  it('keeps what it has listed as long as the list and a segment last', () => {
    const rig = new ClassicRig({ segmentMs: 6000, knownGopMs: 1000 });
    const next = (watch = (): void => undefined): void => rig.play(loud, watch);
    for (let session = 0; session < 3; session += 1) next();
    for (let session = 0; session < 8; session += 1) next(() => rig.list('ts'));
    const names = uris(rig.list('ts'));
    const seconds = [...rig.list('ts').matchAll(/#EXTINF:([\d.]+)/g)];
    const listMs = 1000 * seconds.reduce((sum, [, text]) => sum + Number(text), 0);
    expect(listMs).toBeGreaterThan(30_000);
    const askedAtMs = rig.nowMs;
    while (rig.nowMs + 6000 < askedAtMs + listMs) next();
    for (const name of names) expect(rig.get(name), name).toBeDefined();
    const keptMs = rig.nowMs;
    while (rig.nowMs < keptMs + listMs + 20_000) next();
    for (const name of names) expect(rig.get(name), name).toBeUndefined();
  });

  it('keeps what has left the list for a segment and the list, while the viewer goes on', () => {
    const rig = playedRig();
    const givenAtMs = rig.nowMs;
    const given = uris(rig.list('ts'));
    const early: string[] = [];
    rig.play(loud, () => {
      rig.list('ts');
      if (rig.nowMs < givenAtMs + 6000)
        early.push(...given.filter((name) => rig.get(name) === undefined));
    });
    expect(uris(rig.list('ts'))).not.toContain(given[0]);
    expect(early).toEqual([]);
  });

  it('stays within the bytes of the window', () => {
    const maxBytes = 100_000;
    const rig = new ClassicRig({ maxBytes });
    for (let session = 0; session < 3; session += 1) {
      rig.play(loud, () => {
        if (rig.window.byteCount > 0) {
          try {
            rig.list('ts');
          } catch {
            // Not three segments yet.
          }
        }
      });
    }
    // The newest segment may be added before the next part makes room.
    expect(rig.window.byteCount).toBeLessThan(maxBytes * 1.3);
  });

  it('refuses what it cannot carry, and says what that is', () => {
    const rig = new ClassicRig();
    const run = { ...silentRun(), video: hevc };
    rig.play({ run, frames: evenFrames({ seconds: 1, frameMs: 100, gopMs: 1000 }) });
    expect(() => rig.window.multivariantPlaylist('ts')).toThrow(
      'H.264 and AAC only, and this camera has video as hvc1.1.6.L93.90',
    );
    expect(rig.window.multivariantPlaylist('classic').body.toString()).toContain('hvc1');
  });
});

it('each multivariant playlist names its rendition from where it lies', () => {
  const rig = playedRig();
  const text = (rendition: ClassicRendition): string =>
    rig.window.multivariantPlaylist(rendition).body.toString();
  expect(text('classic')).toMatch(
    /^#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-STREAM-INF:BANDWIDTH=\d+,AVERAGE-BANDWIDTH=\d+,CODECS="avc1\.[0-9a-f]{6},mp4a\.40\.2",RESOLUTION=160x120,FRAME-RATE=\d+\.\d{3}[^\n]*\n\.\.\/hls\/life1\/classic\.m3u8\n$/,
  );
  expect(text('ts')).toMatch(
    /^#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-STREAM-INF:[^\n]+\n\.\.\/hls\/life1\/ts\.m3u8\n$/,
  );
});

function asTransport(name: string): string {
  return name.replace(/\.m4s$/, '.ts');
}
