import { execFileSync } from 'node:child_process';

export function ffmpeg(args: readonly string[], input?: Buffer): Buffer {
  return execFileSync('/usr/bin/ffmpeg', ['-v', 'error', ...args, 'pipe:1'], {
    ...(input && { input }),
    maxBuffer: 1 << 28,
  });
}

/** A JPEG of one colour. */
export function coloured(colour: string, size: string): Buffer {
  const source = `color=${colour}:size=${size},format=yuvj420p`;
  return ffmpeg(['-f', 'lavfi', '-i', source, '-frames:v', '1', '-f', 'mjpeg']);
}

/** The pixels of the first frame; luma stands first. */
export function decoded(
  bytes: Buffer,
  format: 'h264' | 'mjpeg',
  pixels: 'yuv420p' | 'gray',
): Buffer {
  const args = ['-f', format, '-i', 'pipe:0', '-frames:v', '1', '-pix_fmt', pixels];
  return ffmpeg([...args, '-f', 'rawvideo'], bytes);
}

/** How many of 1000 pixels, in lines of 320, stand out from both of their neighbours by more than 20 steps of luma. */
export function combOf(bytes: Buffer, format: 'h264' | 'mjpeg'): number {
  const args = ['-f', format, '-i', 'pipe:0', '-pix_fmt', 'gray', '-f', 'rawvideo'];
  const luma = ffmpeg(args, bytes);
  let count = 0;
  for (let at = 320; at + 320 < luma.length; at += 1) {
    const [above = 0, here = 0, below = 0] = [luma[at - 320], luma[at], luma[at + 320]];
    const isLine = here > above === here > below;
    if (isLine && Math.min(Math.abs(here - above), Math.abs(here - below)) > 20) count += 1;
  }
  return (count * 1000) / luma.length;
}
