import { readAttributes } from './m3u8.ts';

/** EXT-X-STREAM-INF (4.4.6.2) as it is written; NaN and undefined for what is missing. */
export interface ReadVariant {
  readonly uri: string;
  readonly bandwidth: number;
  readonly averageBandwidth: number;
  readonly codecs: readonly string[];
  readonly resolution: string | undefined;
  readonly frameRate: number;
  readonly videoRange: string | undefined;
}

/** The first variant, which is what a player begins with; undefined when there is none. */
export function readVariant(text: string): ReadVariant | undefined {
  const lines = text.split(/\r?\n/);
  const at = lines.findIndex((line) => line.startsWith('#EXT-X-STREAM-INF:'));
  const uri = lines[at + 1];
  if (at < 0 || uri === undefined || uri === '' || uri.startsWith('#')) return undefined;
  const attributes = readAttributes((lines[at] ?? '').slice('#EXT-X-STREAM-INF:'.length));
  return {
    uri,
    bandwidth: Number(attributes.get('BANDWIDTH') ?? 'NaN'),
    averageBandwidth: Number(attributes.get('AVERAGE-BANDWIDTH') ?? 'NaN'),
    codecs: (attributes.get('CODECS') ?? '').split(',').filter((codec) => codec !== ''),
    resolution: attributes.get('RESOLUTION'),
    frameRate: Number(attributes.get('FRAME-RATE') ?? 'NaN'),
    videoRange: attributes.get('VIDEO-RANGE'),
  };
}
