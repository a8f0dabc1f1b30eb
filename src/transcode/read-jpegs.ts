import type { JpegFrame } from '../media/jpeg/jpeg.ts';
import { defaultMaxFrameBytes, MultipartReader } from '../media/jpeg/multipart-reader.ts';

/** Reads the output of a child that decodes to JPEG: one frame directly after the other. */
export function readJpegs(onFrame: (frame: JpegFrame) => void): (chunk: Buffer) => void {
  const reader = new MultipartReader({ boundary: undefined, maxFrameBytes: defaultMaxFrameBytes });
  return (chunk) => {
    for (const event of reader.push(chunk)) {
      if (event.type === 'frame') onFrame(event.frame);
    }
  };
}
