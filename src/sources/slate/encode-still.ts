import { FlvReader } from '../../media/flv/flv-reader.ts';
import type { Frame, VideoTrack } from '../../media/frame.ts';
import { UpstreamError } from '../../lib/errors.ts';
import { encodeDrawingArgs } from '../../transcode/arguments.ts';
import { runOnce, type OneShotTools } from '../../transcode/ffmpeg/one-shot.ts';
import type { EncodedStill, Size } from './slate-loop.ts';

export interface Drawing {
  readonly grid: Size;
  /** Planar 4:2:0. */
  readonly pixels: Buffer;
}

const timeoutMs = 5_000;
const maxOutputBytes = 16 * 1024 * 1024;
/**
 * Groups that are repeated: neighbours must differ in idr_pic_id (H.264 7.4.3), which the encoder changes from each
 * keyframe to the next, so there have to be two.
 */
const groupCount = 2;

/** Rejects with ffmpeg-failed. */
export async function encodeStill(
  drawing: Drawing,
  options: { size: Size; keyframeCount: number; tools: OneShotTools; signal: AbortSignal },
): Promise<EncodedStill> {
  const { size, keyframeCount, tools, signal } = options;
  const args = encodeDrawingArgs({ grid: drawing.grid, size, keyframeCount });
  const copies = Array.from({ length: groupCount * keyframeCount }, () => drawing.pixels);
  const output = await runOnce(tools, {
    purpose: 'slate',
    args,
    input: copies,
    timeoutMs,
    maxOutputBytes,
    signal,
  });
  let track: VideoTrack | undefined;
  const frames: Frame[] = [];
  for (const event of new FlvReader().push(output, 0)) {
    if (event.type === 'frame') frames.push(event.frame);
    else track = event.track;
  }
  if (track === undefined || frames[0]?.isKeyframe !== true) {
    throw new UpstreamError('ffmpeg-failed', 'ffmpeg made no video of the slate');
  }
  return { track, frames };
}
