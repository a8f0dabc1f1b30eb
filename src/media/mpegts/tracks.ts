import { MediaFormatError } from '../../lib/errors.ts';
import { codecStringOf } from '../codec-strings.ts';
import type { Run, Track } from '../frame.ts';
import { parseAdtsFormat } from './adts.ts';

/**
 * Why these tracks cannot be put into MPEG-TS, as a sentence for the viewer; undefined: they can. H.264 and AAC are
 * what every receiver of MPEG-TS decodes; anything else is refused here. Throws MediaFormatError for tracks that have
 * no codec string either.
 */
export function unsupportedReason({
  video,
  audio,
}: Pick<Run, 'video' | 'audio'>): string | undefined {
  if (video.codec !== 'h264') return refuse(video);
  if (audio === undefined) return undefined;
  return audio.codec === 'aac' && isWritable(audio.configuration) ? undefined : refuse(audio);
}

function isWritable(configuration: Buffer): boolean {
  try {
    return parseAdtsFormat(configuration) !== undefined;
  } catch (error) {
    if (error instanceof MediaFormatError) return false;
    throw error;
  }
}

function refuse(track: Track): string {
  const what = `${track.kind} as ${codecStringOf(track)}`;
  return `MPEG-TS is made of H.264 and AAC only, and this camera has ${what}.`;
}
