import { firstLine, runCommand } from './command.ts';
import { smallPicture, smallPictureReader } from './picture-reader.ts';
import type { Player } from '../player.ts';

const quiet = ['-hide_banner', '-loglevel', 'level+warning'];
const isComplaint = (line: string): boolean => /\[(error|fatal|panic)\]/.test(line);
const versionWord = async (path: string): Promise<string> =>
  (await firstLine(path, ['-version'])).split(' ')[2] ?? '';

/** Decodes as fast as media comes: the frames' numbers, no clock. */
export function ffmpegPlayer(name: string, path: string): Player {
  const { width, height } = smallPicture;
  return {
    name,
    version: () => versionWord(path),
    open: (url, observer) => {
      const pictures = smallPictureReader((frame) => {
        observer.sawFrame(frame);
      });
      const args = [
        ...[...quiet, '-nostdin', '-i', url.href],
        ...['-map', '0:v', '-vf', `scale=${width}:${height}`, '-pix_fmt', 'gray'],
        ...['-vsync', 'passthrough', '-f', 'rawvideo', 'pipe:1'],
        ...['-map', '0:a?', '-f', 'null', '-'],
      ];
      const onOutput = (chunk: Buffer): void => {
        pictures.push(chunk);
      };
      return Promise.resolve(runCommand({ path, args, observer, isComplaint, onOutput }));
    },
  };
}

/** Writes a stamp for each video frame. */
export const ffprobePlayer: Player = {
  name: 'ffprobe',
  version: () => versionWord('ffprobe'),
  open: (url, observer) => {
    const args = [
      ...[...quiet, '-select_streams', 'v', '-show_entries', 'frame=pts_time', '-of', 'csv'],
      url.href,
    ];
    const onOutput = (chunk: Buffer): void => {
      const stamp = /.*frame,([\d.]+)/s.exec(chunk.toString())?.[1];
      if (stamp !== undefined) observer.sawPosition(Number(stamp));
    };
    return Promise.resolve(runCommand({ path: 'ffprobe', args, observer, isComplaint, onOutput }));
  },
};

/** The clock of the status line that ffplay writes over and over; it shows on SDL's dummy screen. */
export const ffplayPlayer: Player = {
  name: 'ffplay',
  version: () => versionWord('ffplay'),
  open: (url, observer) => {
    const onLogLine = (line: string): void => {
      const clock = /^\s*(\d+\.\d+) (?:A-V|M-V|M-A)/.exec(line)?.[1];
      if (clock === undefined) observer.log(line);
      else observer.sawPosition(Number(clock));
    };
    return Promise.resolve(
      runCommand({
        path: 'ffplay',
        args: [...quiet, '-stats', url.href],
        observer,
        isComplaint,
        onLogLine,
        env: { SDL_VIDEODRIVER: 'dummy', SDL_AUDIODRIVER: 'dummy' },
      }),
    );
  },
};
