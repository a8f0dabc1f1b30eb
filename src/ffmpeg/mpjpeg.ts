/** Written between frames to ffmpeg's mpjpeg reader, which takes any first line as its boundary. */
const boundary = '--frame';

/**
 * What to write to stdin for one JPEG frame of fmp4FromJpegArgs, in order; the frame itself is not copied. With
 * Content-Length ffmpeg passes a frame on at its last byte; with bare JPEG it waits for the next (100 ms at 10 fps).
 */
export function mpjpegPart(frame: Buffer): Buffer[] {
  const head = `${boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: ${frame.length}\r\n\r\n`;
  return [Buffer.from(head, 'latin1'), frame, Buffer.from('\r\n', 'latin1')];
}
