import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { LiveWindow } from '../../../src/outputs/hls/window/live-window.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { FlvReader } from '../../../src/media/flv/flv-reader.ts';

const encoderArgs = [
  ...['-hide_banner', '-loglevel', 'error', '-re', '-f', 'lavfi'],
  ...['-i', 'testsrc2=size=640x360:rate=15', '-c:v', 'libx264', '-preset', 'ultrafast'],
  ...['-tune', 'zerolatency', '-threads', '1', '-g', '15', '-pix_fmt', 'yuv420p', '-an'],
  ...['-flush_packets', '1', '-f', 'flv', '-flvflags', 'no_duration_filesize', 'pipe:1'],
];

/** A real low-latency stream: ffmpeg's test picture in the gateway's own live window. */
export class LiveStream {
  readonly window = new LiveWindow({
    life: `t${Date.now().toString(36)}`,
    partMs: 200,
    segmentMs: 1000,
    segmentCount: 7,
    maxBytes: 32 * 1024 * 1024,
    maxDiskBytes: 1024 ** 3,
    windowMs: 0,
    folder: undefined,
    knownGopMs: 1000,
    earlierFigures: undefined,
    hasIndependentSegments: false,
    log: silentLog,
    now: () => performance.now(),
  });
  #child: ChildProcess | undefined;

  /** A new session; the playlist goes on with a discontinuity. */
  start(): void {
    const child = spawn('ffmpeg', encoderArgs, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child = child;
    const reader = new FlvReader();
    const originMs = Date.now();
    child.stdout.on('data', (chunk: Buffer) => {
      if (this.#child !== child) return;
      for (const event of reader.push(chunk, performance.now())) {
        if (event.type === 'frame') this.window.append(event.frame);
        else this.window.begin({ video: event.track, audio: undefined, originMs });
      }
    });
  }

  /** The camera went away: the playlist stays as it is. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    this.window.end();
  }

  async dispose(): Promise<void> {
    await this.stop();
    this.window.dispose();
  }
}
