import { firstLine, runCommand } from './command.ts';
import { smallPicture, smallPictureReader } from './picture-reader.ts';
import type { Player } from '../player.ts';

const { width, height } = smallPicture;
const videoSink = [
  `videoconvert ! videoscale ! video/x-raw,format=GRAY8,width=${width},height=${height}`,
  'fdsink fd=1 sync=true',
].join(' ! ');

/**
 * gst-play-1.0 with its pictures, at the time of their showing, on standard output. playbin takes hlsdemux, playbin3
 * takes hlsdemux2.
 */
export function gstreamerPlayer(name: string, playbin: 'playbin' | 'playbin3'): Player {
  return {
    name,
    version: async () => (await firstLine('gst-play-1.0', ['--version'])).split(' ').at(-1) ?? '',
    open: (url, observer) => {
      const pictures = smallPictureReader((frame) => {
        observer.sawFrame(frame);
      });
      const args = [
        ...['--no-interactive', '--no-position', '--quiet'],
        ...[`--videosink=${videoSink}`, '--audiosink=fakesink sync=true'],
        ...(playbin === 'playbin3' ? ['--use-playbin3'] : []),
        url.href,
      ];
      return Promise.resolve(
        runCommand({
          path: 'gst-play-1.0',
          args,
          observer,
          isComplaint: (line) => /^ERROR|\bERROR\b/.test(line),
          onOutput: (chunk) => {
            pictures.push(chunk);
          },
          env: { GST_DEBUG: '2', GST_DEBUG_NO_COLOR: '1' },
        }),
      );
    },
  };
}
