import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bothBuilds } from '../../ffmpeg/builds.ts';
import { encodeAsf, serveAsf } from '../asf-camera.ts';
import { eventually, startRig } from '../rig.ts';

const run = promisify(execFile);

/** No parameter sets beside the pictures, and none like the still picture's: CAVLC, three references. */
const headerOnly = [
  ...['-c:v', 'libx264', '-profile:v', 'baseline', '-refs', '3'],
  ...['-flags', '+global_header'],
];
const builds = await bothBuilds();
/** A busy machine may take long between two requests of a reader: it stays a viewer meanwhile. */
const watched = { via: 'http', username: '', offline: 'slate', lingerMs: 60_000 } as const;

/**
 * What ffmpeg has to say of a playlist of which it decodes so many seconds. It reads the init segment again with each
 * segment and says so, and its newer builds know a newer name of -vsync.
 */
async function complaints(path: string, url: URL, seconds: number): Promise<string[]> {
  const { stderr } = await run(
    path,
    [
      ...[
        '-hide_banner',
        '-nostdin',
        '-v',
        'repeat+warning',
        '-i',
        url.href,
        '-t',
        String(seconds),
      ],
      ...['-map', '0', '-vsync', 'vfr', '-f', 'null', '-'],
    ],
    { timeout: 45_000 },
  );
  return stderr.split('\n').filter((line) => line !== '' && !/duplicated MOOV|-vsync/.test(line));
}

/** Of both builds, beside each other. */
function complaintsOfAll(url: URL, seconds: number): Promise<string[][]> {
  const reading = Promise.all(builds.map(([, { path }]) => complaints(path, url, seconds)));
  // Where a test fails before, its gateway goes, and the readers fail too.
  reading.catch(() => undefined);
  return reading;
}

describe.concurrent.each(builds)('%s in the gateway', (_, ffmpeg) => {
  it.each([
    ['has audio', ['-c:a', 'adpcm_ima_wav']],
    ['has no audio', []],
  ])(
    'a camera that was off since the start and %s: readers go on from the still picture, which has silence',
    async (_name, audio) => {
      await using camera = await serveAsf(await encodeAsf(headerOnly, audio));
      const overrides = { ...watched, url: camera.url };
      camera.cut();
      await using rig = await startRig([{}], overrides, { ffmpeg });
      const index = rig.url('/cameras/cam0/classic/index.m3u8');
      const codecs = async (): Promise<string> => (await rig.get(index.pathname)).text();
      expect(await codecs()).toMatch(/CODECS="avc1\.[^"]*,mp4a\.40\.2"/);
      const reading = complaintsOfAll(index, 12);
      expect((await rig.status()).isSlateShown).toBe(true);
      // Both readers have begun, with the still picture; each of the three programs is a viewer.
      await eventually(
        async () => {
          await codecs();
          return rig.status();
        },
        ({ viewers }) => viewers.hls === 3,
        30_000,
      );
      camera.restore();
      await eventually(
        () => rig.status(),
        ({ isSlateShown }) => !isSlateShown,
        30_000,
      );
      expect(await codecs()).toMatch(/CODECS="avc1\.[^"]*,mp4a\.40\.2"/);
      expect(await reading).toEqual([[], []]);
    },
  );

  it.each([
    ['with audio', ['-c:a', 'adpcm_ima_wav']],
    ['without audio', []],
  ])(
    'keyframes without parameter sets, %s: readers of both builds go on to the still picture and back without a complaint',
    async (_name, audio) => {
      await using camera = await serveAsf(await encodeAsf(headerOnly, audio));
      const overrides = { ...watched, url: camera.url };
      await using rig = await startRig([{}], overrides, { ffmpeg });
      const index = rig.url('/cameras/cam0/classic/index.m3u8');
      expect((await rig.get(index.pathname)).status).toBe(200);
      const reading = complaintsOfAll(index, 14);
      const isSlateShown = async (): Promise<boolean> => (await rig.status()).isSlateShown;
      camera.cut();
      await eventually(isSlateShown, (isShown) => isShown);
      camera.restore();
      await eventually(isSlateShown, (isShown) => !isShown, 30_000);
      expect(await reading).toEqual([[], []]);
    },
  );
});
