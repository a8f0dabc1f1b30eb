import { snapshotWidths, type SnapshotRequest } from '../../outputs/viewable-camera.ts';
import type { PlaylistQuery } from '../../outputs/hls/window/window.ts';
import { CamgateError } from '../../lib/errors.ts';

/** Longest sensible `maxAge`, in seconds: a day. */
const maxAgeLimitSeconds = 86_400;

/**
 * The first value of a name in a query, decoded; a value that cannot be decoded is given as it is (and then refused).
 */
export function queryValue(query: string, name: string): string | undefined {
  let start = 0;
  while (start < query.length) {
    const ampersand = query.indexOf('&', start);
    const end = ampersand === -1 ? query.length : ampersand;
    if (query.startsWith(name, start) && start + name.length <= end) {
      const after = start + name.length;
      if (after === end) return '';
      if (query[after] === '=') return decodeValue(query.slice(after + 1, end));
    }
    start = end + 1;
  }
  return undefined;
}

function decodeValue(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** The delivery directives of rfc8216bis 6.2.5; other parameters are not ours (cache busters, tokens of a proxy). */
export function readPlaylistQuery(query: string): PlaylistQuery {
  return {
    msn: queryValue(query, '_HLS_msn'),
    part: queryValue(query, '_HLS_part'),
    skip: queryValue(query, '_HLS_skip'),
  };
}

/** Throws query-invalid. Unknown parameters are ignored: `?t=123` against caches is common in the field. */
export function readSnapshotQuery(query: string): SnapshotRequest {
  return { maxAgeMs: readMaxAgeMs(query), width: readWidth(query) };
}

function readMaxAgeMs(query: string): number | undefined {
  const text = queryValue(query, 'maxAge');
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!/^\d{1,9}(\.\d{1,9})?$/.test(text) || seconds > maxAgeLimitSeconds) {
    throw new CamgateError(
      'query-invalid',
      `maxAge must be a number of seconds from 0 to ${maxAgeLimitSeconds}, for example maxAge=2.5.`,
    );
  }
  return seconds * 1000;
}

function readWidth(query: string): number | undefined {
  const text = queryValue(query, 'width');
  if (text === undefined) return undefined;
  const width = snapshotWidths.find((allowed) => String(allowed) === text);
  if (width === undefined) {
    throw new CamgateError('query-invalid', `width must be one of ${snapshotWidths.join(', ')}.`);
  }
  return width;
}
