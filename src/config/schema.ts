import { corsOrigins, frameAncestors, listenHost, publicAddress } from './addresses.ts';
import { cameraAddress } from './camera-address.ts';
import { offlineWays, usualPaceMs, usualUserAgent, vias, type LogConfig } from './config.ts';
import { key, optionalKey, secretKey, type Keys } from './section.ts';
import {
  bitrate,
  duration,
  flag,
  headerText,
  integer,
  line,
  oneOf,
  renderDuration,
  size,
} from './values.ts';

/** Every key of the configuration with its type, limits, default and documentation: the one place for all of them. */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const MiB = 1024 ** 2;
const Mbit = 1e6;

export const serverKeys = {
  host: key(
    listenHost,
    '127.0.0.1',
    'Address to listen on: 127.0.0.1 for this machine only, 0.0.0.0 or :: for all networks.',
  ),
  port: key(
    integer({ min: 0, max: 65_535 }),
    '8080',
    'TCP port of the pages, the media and the API; 0 picks a free one.',
  ),
  cors: key(
    corsOrigins,
    '*',
    'Origins whose pages may use the media, such as https://example.com; * allows all, [] only its own.',
  ),
  frameAncestors: key(
    frameAncestors,
    '*',
    'Origins whose pages may show /embed in a frame; * allows all, self only this gateway, none nobody.',
  ),
  publicUrl: optionalKey(
    publicAddress,
    'Address by which viewers reach camgate, if it is behind a proxy: for embed codes and addresses to ' +
      'copy, and the log.',
  ),
};

export const tlsKeys = {
  certificate: optionalKey(
    line({ min: 1, max: 4096 }),
    'PEM file with the certificate chain, relative to the configuration file: the port speaks ' +
      'HTTPS and HTTP/2. Changed files are reloaded within seconds.',
  ),
  key: optionalKey(
    line({ min: 1, max: 4096 }),
    'PEM file with the private key of the certificate, without a passphrase; relative to the configuration file.',
  ),
};

const levels: readonly LogConfig['level'][] = ['debug', 'info', 'warn', 'error', 'silent'];
const formats: readonly LogConfig['format'][] = ['text', 'json'];

export const logKeys = {
  level: key(oneOf(levels), 'info', `Lowest level that is logged: ${levels.join(', ')}.`),
  format: key(
    oneOf(formats),
    'text',
    'text for people or json for programs, one line per event on stderr.',
  ),
};

export const hlsKeys = {
  part: key(
    duration({ min: 50, max: 2 * second }),
    '200ms',
    'Length of an LL-HLS part, 50ms to 2s; shorter parts mean less delay and more requests.',
  ),
  segment: key(
    duration({ min: 500, max: 10 * second }),
    '1s',
    'Shortest segment, 500ms to 10s; it ends at the first keyframe after that.',
  ),
  segments: key(
    integer({ min: 3, max: 100 }),
    '7',
    'Minimum number of segments in the playlist, 3 to 100.',
  ),
  window: optionalKey(
    duration({ min: 10 * second, max: 6 * hour }),
    'How far back players can seek, 10s to 6h, as far as the space allows; without it, segments alone decides.',
  ),
  directory: optionalKey(
    line({ min: 1, max: 4096 }),
    'Where segments are kept instead of memory until camgate ends; relative to the configuration file.',
  ),
  maxBytes: key(
    size({ min: MiB, max: 1024 * MiB }),
    '64MiB',
    'Maximum memory for the segments of one camera, 1MiB to 1GiB.',
  ),
  maxDiskBytes: key(
    size({ min: 16 * MiB, max: 1024 * 1024 * MiB }),
    '4GiB',
    'Maximum bytes in directory for the segments of one camera, 16MiB to 1024GiB.',
  ),
};

export const cameraKeys = {
  url: secretKey(
    cameraAddress,
    'Address of the camera, http or https; may contain user:password@ (percent-encoded).',
  ),
  username: secretKey(
    line({ min: 0, max: 256 }),
    'User name of the camera, if it is not in the url.',
  ),
  password: secretKey(
    line({ min: 0, max: 256 }),
    'Password of the camera, if it is not in the url.',
  ),
  passwordFile: optionalKey(
    line({ min: 1, max: 4096 }),
    'File that holds the password alone; relative to the configuration file.',
  ),
  name: optionalKey(line({ min: 1, max: 100 }), 'Display name; the id by default.'),
  via: key(
    oneOf(vias),
    'auto',
    `How media is fetched: ${vias.join(', ')}; http takes the url as it is (any MJPEG or ASF stream).`,
  ),
  stream: key(integer({ min: 1, max: 16 }), '1', "The camera's own stream number, 1 to 16."),
  pace: key(
    duration({ min: 250, max: 10 * minute }),
    renderDuration(usualPaceMs),
    'Interval between stills when the camera has no stream, 250ms to 10m.',
  ),
  userAgent: key(
    headerText({ min: 1, max: 256 }),
    usualUserAgent,
    'User-Agent sent to the camera; some answer 403 unless it is that of a browser (Mozilla/5.0 ...).',
  ),
  audio: key(flag, 'true', 'Take audio too, if the camera sends it.'),
  alwaysOn: key(flag, 'false', 'Keep the session with the camera even when nobody watches.'),
  offline: key(
    oneOf(offlineWays),
    'hold',
    'What HLS viewers get while the camera does not deliver: hold waits, slate shows a still picture that says so.',
  ),
  linger: key(
    duration({ min: second, max: 24 * hour }),
    '15s',
    'How long the session is kept after the last viewer, 1s to 24h.',
  ),
  stall: key(
    duration({ min: 2 * second, max: 10 * minute }),
    '8s',
    'Longest silence of a connected camera before it is dialled again, 2s to 10m.',
  ),
  coldStart: key(
    duration({ min: second, max: minute }),
    '10s',
    'Longest time a viewer waits for the first frame of a camera that was off, 1s to 1m.',
  ),
  maxBitrate: key(
    bitrate({ min: 10 * Mbit, max: 10_000 * Mbit }),
    '200Mbit/s',
    'Highest rate at which the camera is read, 10Mbit/s to 10Gbit/s; one that sends more is held back.',
  ),
};

export const rootKeys = {
  watch: key(
    flag,
    'false',
    'Take over changes of this file within seconds of their being saved, as camgate reload does.',
  ),
  ffmpegPath: optionalKey(
    line({ min: 1, max: 4096 }),
    'Path of the ffmpeg to use, relative to the configuration file; without it, a system build of ' +
      'version 5 or newer, else the bundled one.',
  ),
};

/** A row of the configuration table. */
export interface ConfigKey {
  /** Keys from the root joined by dots; `<id>` stands for a camera's id. */
  readonly path: string;
  /** As written in the file; empty when there is none. */
  readonly default: string;
  readonly description: string;
}

function rows(prefix: string, keys: Keys): ConfigKey[] {
  return Object.entries(keys).map(([name, { defaultTexts, description }]) => ({
    path: `${prefix}${name}`,
    default: defaultTexts?.join(', ') ?? '',
    description,
  }));
}

/** Every key, in the order of the documentation. */
export const configKeys: readonly ConfigKey[] = [
  ...rows('server.', serverKeys),
  ...rows('server.tls.', tlsKeys),
  ...rows('log.', logKeys),
  ...rows('', rootKeys),
  ...rows('hls.', hlsKeys),
  ...rows('cameras.<id>.', cameraKeys),
  ...rows('cameras.<id>.hls.', hlsKeys).map((row) => ({
    ...row,
    default: row.path.replace('cameras.<id>.', ''),
    description: `For this camera only. ${row.description}`,
  })),
];
