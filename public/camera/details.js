import { formatDuration } from '../lib/duration.js';

/** @typedef {import('../lib/camera-status.js').CameraStatus} CameraStatus */
/** @typedef {import('../lib/camera-status.js').StatusReading} StatusReading */
/** @typedef {import('../lib/camera-status.js').TrackStatus} TrackStatus */

/** Codec names for people, by the beginning of what the gateway says. */
const codecNames = /** @type {const} */ ([
  ['avc1', 'H.264'],
  ['avc3', 'H.264'],
  ['h264', 'H.264'],
  ['hvc1', 'H.265'],
  ['hev1', 'H.265'],
  ['hevc', 'H.265'],
  ['mjpeg', 'MJPEG'],
  ['mp4a', 'AAC'],
  ['aac', 'AAC'],
  ['opus', 'Opus'],
  ['adpcm', 'ADPCM'],
  ['pcm_alaw', 'G.711 A-law'],
  ['pcm_mulaw', 'G.711 µ-law'],
  ['pcm', 'PCM'],
]);

const protocolNames = /** @type {Record<string, string>} */ ({
  hls: 'HLS',
  mjpeg: 'MJPEG',
  snapshot: 'snapshots',
});

/** For a value that nobody knows yet. */
const unknown = '–';

/**
 * The rows of the details table: always the same ones, so that nothing moves when a value becomes known.
 *
 * @param {StatusReading} reading
 * @param {number} nowMs performance.now()
 * @param {import('../lib/own-views.js').OwnViews} ownViews
 * @returns {[name: string, value: string][]}
 */
export function cameraDetails(reading, nowMs, ownViews) {
  const { status, readAtMs } = reading;
  const sinceSeconds = status.sinceSeconds + (nowMs - readAtMs) / 1000;
  return [
    ['Video', videoText(status)],
    ['Audio', audioText(status)],
    ['Bitrate', bitrateText(status.bitrateBitsPerSecond)],
    ['Other viewers', viewersText(ownViews.othersIn(reading))],
    ['Source', status.via ?? unknown],
    ['Connection', status.alwaysOn ? 'always on' : 'on demand'],
    ['In this state for', formatDuration(sinceSeconds)],
    ['Last problem', problemText(status)],
  ];
}

/** @param {CameraStatus} status */
function problemText({ reason, detail }) {
  if (reason === null) return 'none';
  return detail === null ? reason : `${reason}: ${detail}`;
}

/** @param {CameraStatus} status */
function videoText({ tracks, frameRate }) {
  const track = tracks.find(({ kind }) => kind === 'video');
  if (track?.kind !== 'video') return unknown;
  const rate = frameRate === null ? '' : `, ${frameRate.toFixed(frameRate < 10 ? 1 : 0)} frames/s`;
  return `${codecName(track)} ${track.width} × ${track.height}${rate}`;
}

/** @param {CameraStatus} status */
function audioText({ tracks }) {
  const track = tracks.find(({ kind }) => kind === 'audio');
  if (track?.kind !== 'audio') return tracks.length === 0 ? unknown : 'none';
  const channels = track.channelCount === 1 ? 'mono' : 'stereo';
  return `${codecName(track)} ${track.sampleRate / 1000} kHz ${channels}`;
}

/** @param {TrackStatus} track */
function codecName({ codec }) {
  return codecNames.find(([prefix]) => codec.toLowerCase().startsWith(prefix))?.[1] ?? codec;
}

/** @param {number | null} bitsPerSecond */
function bitrateText(bitsPerSecond) {
  if (bitsPerSecond === null) return unknown;
  const isSmall = bitsPerSecond < 1_000_000;
  return isSmall
    ? `${Math.round(bitsPerSecond / 1000)} kbit/s`
    : `${(bitsPerSecond / 1_000_000).toFixed(1)} Mbit/s`;
}

/** @param {Record<string, number>} viewers */
function viewersText(viewers) {
  const parts = Object.entries(viewers).flatMap(([protocol, count]) =>
    count === 0 ? [] : [`${protocolNames[protocol] ?? protocol} ${count}`],
  );
  return parts.length === 0 ? 'nobody' : parts.join(', ');
}
