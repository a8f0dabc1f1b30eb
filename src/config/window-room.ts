import type { HlsConfig } from './config.ts';
import { renderDuration, renderSize } from './values.ts';

/** What a camera sends whose real bitrate shows only when it runs: H.264 of 1080p at its usual settings. */
const usualBytesPerSecond = 2_000_000 / 8;

const MiB = 1024 ** 2;

export interface ShortWindow {
  readonly message: string;
  readonly hint: string;
}

/**
 * Whether `window` needs more bytes than it may take. A warning and no error, because the bitrate is a guess and a
 * shorter window works as well as a longer one.
 */
export function findShortWindow(hls: HlsConfig): ShortWindow | undefined {
  const { windowMs, directory } = hls;
  if (windowMs === undefined) return findShortPlaylist(hls);
  const [key, byteCount] =
    directory === undefined ? ['maxBytes', hls.maxBytes] : ['maxDiskBytes', hls.maxDiskBytes];
  const windowBytes = (windowMs / 1000) * usualBytesPerSecond;
  // Half of the bytes are for players at what has left the window.
  if (2 * windowBytes <= byteCount) return undefined;
  const kept = renderDuration(wholePart((byteCount / 2 / usualBytesPerSecond) * 1000));
  const advice =
    directory === undefined
      ? 'set directory to keep it on disk'
      : `raise maxDiskBytes to ${renderSize(roundUp(2 * windowBytes))} (players at what has left ` +
        'the window need as much again)';
  return {
    message:
      `is longer than ${key} (${renderSize(byteCount)}) allows: of a camera that sends 2 Mbit/s ` +
      `about ${kept} are kept`,
    hint: `Make window that short, or ${advice}.`,
  };
}

/** The same without `window`: whether the bytes hold the playlist that `segments` and `segment` ask for. */
function findShortPlaylist(hls: HlsConfig): ShortWindow | undefined {
  const { segmentMs, segmentCount, directory, maxBytes } = hls;
  // The least that maxDiskBytes can be holds the usual playlist, and only a window makes it much longer.
  if (directory !== undefined) return undefined;
  const listBytes = ((segmentCount * segmentMs) / 1000) * usualBytesPerSecond;
  if (2 * listBytes <= maxBytes) return undefined;
  return {
    message:
      `makes the playlist shorter than its ${segmentCount} segments: maxBytes ` +
      `(${renderSize(maxBytes)}) does not hold them of a camera that sends 2 Mbit/s`,
    hint:
      `Raise maxBytes to ${renderSize(roundUp(2 * listBytes))} (players at what has left the ` +
      'playlist need as much again).',
  };
}

/** Minutes where there are some, else seconds; what is left over is no promise anyway. */
function wholePart(ms: number): number {
  const unit = ms >= 60_000 ? 60_000 : 1000;
  return Math.floor(ms / unit) * unit;
}

function roundUp(byteCount: number): number {
  const unit = byteCount > 1024 * MiB ? 1024 * MiB : MiB;
  return Math.ceil(byteCount / unit) * unit;
}
