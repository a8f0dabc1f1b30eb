import type { Rendition } from '../../outputs/hls/window/window.ts';

/** What a media URL names. `query` is the text behind the question mark. */
export type MediaTarget =
  | {
      readonly kind: 'snapshot' | 'mjpeg';
      readonly cameraId: string;
      readonly query: string;
    }
  | {
      readonly kind: 'index';
      readonly cameraId: string;
      readonly rendition: Rendition;
      readonly query: string;
    }
  | {
      readonly kind: 'playlist';
      readonly cameraId: string;
      /** The window that the URL belongs to. */
      readonly life: string;
      readonly rendition: Rendition;
      readonly query: string;
    }
  | {
      readonly kind: 'media';
      readonly cameraId: string;
      /** The window that the URL belongs to. */
      readonly life: string;
      readonly file: string;
      readonly query: string;
    };

const prefix = '/cameras/';
const windowFolder = 'hls/';

/**
 * The media URL of a request, or undefined for everything else (pages, API, unknown paths). Plain searching instead of
 * patterns: this runs for every part of every viewer, and no input can make it slow.
 */
export function parseMediaTarget(url: string): MediaTarget | undefined {
  if (!url.startsWith(prefix)) return undefined;
  const mark = url.indexOf('?', prefix.length);
  const end = mark === -1 ? url.length : mark;
  const slash = url.indexOf('/', prefix.length);
  if (slash === -1 || slash >= end) return undefined;
  const cameraId = decodeName(url.slice(prefix.length, slash));
  const query = mark === -1 ? '' : url.slice(mark + 1);
  const rest = url.slice(slash + 1, end);
  switch (rest) {
    case 'index.m3u8':
      return { kind: 'index', cameraId, rendition: 'live', query };
    case 'classic/index.m3u8':
      return { kind: 'index', cameraId, rendition: 'classic', query };
    case 'ts/index.m3u8':
      return { kind: 'index', cameraId, rendition: 'ts', query };
    case 'snapshot.jpg':
      return { kind: 'snapshot', cameraId, query };
    case 'stream.mjpg':
      return { kind: 'mjpeg', cameraId, query };
    default:
      return parseWindowFile(cameraId, rest, query);
  }
}

function parseWindowFile(cameraId: string, rest: string, query: string): MediaTarget | undefined {
  if (!rest.startsWith(windowFolder)) return undefined;
  const slash = rest.indexOf('/', windowFolder.length);
  if (slash === -1) return undefined;
  const life = rest.slice(windowFolder.length, slash);
  const file = rest.slice(slash + 1);
  if (file === '' || file.includes('/')) return undefined;
  const rendition = renditionOf(file);
  if (rendition === undefined) return { kind: 'media', cameraId, life, file, query };
  return { kind: 'playlist', cameraId, life, rendition, query };
}

function renditionOf(file: string): Rendition | undefined {
  switch (file) {
    case 'live.m3u8':
      return 'live';
    case 'classic.m3u8':
      return 'classic';
    case 'ts.m3u8':
      return 'ts';
    default:
      return undefined;
  }
}

/** Percent signs are legal in any URL and needed in none of ours; a text that cannot be decoded names nothing. */
function decodeName(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
