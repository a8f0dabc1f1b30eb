import { expect, it } from 'vitest';
import { mpjpegPart } from '../../../src/ffmpeg/mpjpeg.ts';

it('wraps a frame without copying it', () => {
  const frame = Buffer.from([0xff, 0xd8, 0xff, 0xd9]);
  const part = mpjpegPart(frame);
  expect(part[1]).toBe(frame);
  expect(Buffer.concat(part).toString('latin1')).toBe(
    '--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 4\r\n\r\n\xff\xd8\xff\xd9\r\n',
  );
});
