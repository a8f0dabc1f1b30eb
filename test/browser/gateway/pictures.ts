import { execFileSync } from 'node:child_process';

/** A few JPEG pictures of a moving scene, by shape. */
export function drawPictures(size: string, count: number): readonly Buffer[] {
  const args = [
    ...['-hide_banner', '-loglevel', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=2`],
    ...['-frames:v', String(count), '-q:v', '6', '-f', 'mpjpeg', '-boundary_tag', 'x', 'pipe:1'],
  ];
  const bytes = execFileSync('ffmpeg', args, { maxBuffer: 32 * 1024 * 1024 });
  const pictures: Buffer[] = [];
  for (let start = bytes.indexOf('ffd8ff', 0, 'hex'); start >= 0;) {
    const next = bytes.indexOf('--x', start);
    pictures.push(bytes.subarray(start, next < 0 ? bytes.length : next));
    start = next < 0 ? -1 : bytes.indexOf('ffd8ff', next, 'hex');
  }
  return pictures;
}
