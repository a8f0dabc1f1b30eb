import { execFileSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { firstLine, runCommand } from './command.ts';
import { yuv4mpegReader } from './picture-reader.ts';
import type { Player } from '../player.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The simulated camera's picture, which VLC hands over in its own size. */
const size = { width: 640, height: 360 } as const;
/** What it says of a machine without a desktop, and of each try to fit a converter to this video output. */
const ownNoise =
  /(?:interface|libvlc|filter|vout display|video output) error: |failed to create video output/;
/** VLC refuses to run as root. */
const identity = process.getuid?.() === 0 ? { uid: 65_534 } : {};

/**
 * cvlc with the video output that writes each picture, at the time of its showing, to a file: a pipe with a name here.
 */
export function vlcPlayer(name: string, settings: readonly string[]): Player {
  return {
    name,
    version: async () => (await firstLine('vlc', ['--version'], identity)).split(' ')[2] ?? '',
    open: async (url, observer) => {
      const folder = await temporaryFolder();
      const pipe = join(folder.path, 'pictures');
      execFileSync('mkfifo', [pipe]);
      await chmod(pipe, 0o666);
      const pictures = yuv4mpegReader(size, (frame) => {
        observer.sawFrame(frame);
      });
      const reader = runCommand({
        // Opened for writing as well, so that VLC may close its output and open another.
        path: 'sh',
        args: ['-c', 'exec cat 0<>"$0"', pipe],
        observer,
        isComplaint: () => true,
        onOutput: (chunk) => {
          pictures.push(chunk);
        },
      });
      const player = runCommand({
        path: 'vlc',
        args: [
          ...['--intf', 'dummy', '--no-media-library', '--aout', 'dummy', '--verbose', '1'],
          ...['--vout', 'yuv', '--yuv-file', pipe],
          ...[...settings, url.href],
        ],
        observer,
        isComplaint: (line) => /\berror: /.test(line) && !ownNoise.test(line),
        env: { HOME: folder.path },
        ...identity,
      });
      return {
        [Symbol.asyncDispose]: async () => {
          await player[Symbol.asyncDispose]();
          await reader[Symbol.asyncDispose]();
          await folder[Symbol.asyncDispose]();
        },
      };
    },
  };
}
