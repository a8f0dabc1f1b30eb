/** A gateway in small: starts one child, says its pid, and then lives until it is killed. */
import { writeSync } from 'node:fs';
import { FfmpegChild } from '../../../src/transcode/ffmpeg/child.ts';
import { locateFfmpeg } from '../../../src/transcode/ffmpeg/binary.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { h264Frames } from './media.ts';

const [, , configuredPath, mode] = process.argv;
const binary = await locateFfmpeg({ configuredPath, searchPath: undefined, log: silentLog });
// Decoded pictures are large: a few of them fill the pipe.
const args = ['-loglevel', 'error', '-f', 'h264', '-i', 'pipe:0', '-f', 'rawvideo', 'pipe:1'];
const child = FfmpegChild.start(binary, {
  purpose: 'test',
  args,
  log: silentLog,
  maxQueuedBytes: 1e8,
  onOutput: () => undefined,
});
if (mode === 'blocked') {
  for (const frame of h264Frames({ width: 640, height: 480, fps: 15, seconds: 2 }))
    child.write(frame);
}
writeSync(1, `${child.pid}\n`);
// A process that reads nothing any more, so that the child blocks on its output.
if (mode === 'blocked') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
else setTimeout(() => undefined, 60_000);
