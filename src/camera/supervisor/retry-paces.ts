import type { FailureReason } from '../../lib/reasons.ts';
import type { RetryPace } from '../../lib/time/retry.ts';

/**
 * Not reachable: quick retries at first, then slower ones, but never far apart. A camera is dialled only while somebody
 * wants it, and a dial that nobody answers costs next to nothing, so viewers have a camera back within 10 s of its
 * restart. With a cap of 9 s there are fewer than ten dials a minute even from the first failure on.
 */
const absence: RetryPace = { firstMs: 500, factor: 2, capMs: 9_000, jitter: 0.1 };
/** The camera is there, but what it sends cannot be used, and the next dial is unlikely to change that. */
const unusable: RetryPace = { firstMs: 500, factor: 2, capMs: 60_000, jitter: 0.4 };

/**
 * Each refusal has its own pace, because asking again is not free: real cameras lock everybody out for 160 s after ten
 * wrong passwords, and only other viewers can free a camera that is full (camera-protocol 1, 3, 9.14).
 */
const paces: Readonly<Record<FailureReason, RetryPace>> = {
  'wrong-password': { firstMs: 180_000, factor: 2, capMs: 1_800_000, jitter: 0.1 },
  'locked-out': { firstMs: 180_000, factor: 1, capMs: 180_000, jitter: 0.2 },
  // Nothing is sent that a camera could count; only its owner, or a change of the configuration, makes it different.
  'no-password': { firstMs: 8_000, factor: 2, capMs: 300_000, jitter: 0.2 },
  'no-permission': { firstMs: 180_000, factor: 2, capMs: 1_800_000, jitter: 0.1 },
  'schedule-closed': { firstMs: 60_000, factor: 1, capMs: 60_000, jitter: 0.2 },
  'too-many-viewers': { firstMs: 8_000, factor: 1.5, capMs: 60_000, jitter: 0.3 },
  // Quick at first: a camera that is starting up has its web server before its streams.
  'endpoint-absent': { firstMs: 8_000, factor: 2, capMs: 300_000, jitter: 0.2 },
  unreachable: absence,
  timeout: absence,
  closed: absence,
  stalled: absence,
  'bad-answer': absence,
  'frame-too-large': unusable,
  'ffmpeg-failed': unusable,
};

/** Reasons where the camera itself said no; the others are faults of the network or the device. */
const refusals: ReadonlySet<FailureReason> = new Set<FailureReason>([
  'wrong-password',
  'no-password',
  'locked-out',
  'no-permission',
  'schedule-closed',
  'too-many-viewers',
  'endpoint-absent',
]);

export function paceOf(reason: FailureReason): RetryPace {
  return paces[reason];
}

export function isRefusal(reason: FailureReason): boolean {
  return refusals.has(reason);
}

/** One sentence that tells the owner of the camera what to do. */
const adviceTexts: Readonly<Record<FailureReason, string>> = {
  'wrong-password': 'Check the user name and password of this camera in the configuration.',
  'no-password': 'Set the user name and password of this camera in the configuration.',
  'locked-out':
    'Check the password, then wait a few minutes: after too many failed logins the camera lets nobody in.',
  'no-permission':
    'Let the configured account, or everybody, watch video in the camera; if it answers only ' +
    'browsers, set `userAgent`.',
  'schedule-closed': 'Change the viewing schedule in the camera, or wait until it opens.',
  'too-many-viewers':
    'Close other programs that watch this camera directly, and point them at the gateway instead.',
  'endpoint-absent': 'Set `via` or the full stream address of this camera in the configuration.',
  unreachable: "Check the camera's address, power and network.",
  timeout: 'The camera is slow or hangs; restart it if this goes on.',
  closed: 'The camera ended the stream; restart it if this goes on.',
  stalled:
    'The camera hangs or its network is bad: check the network, and restart the camera if this goes on.',
  'bad-answer': 'Check that the address is that of a camera or a stream, or set `via`.',
  'frame-too-large':
    'Set a smaller frame size in the camera, or choose another `stream`; the limit is 8192x8192 pixels.',
  'ffmpeg-failed':
    'The log says what ffmpeg could not read; try `via: videostream.cgi` for this camera.',
};

export function adviceFor(reason: FailureReason): string {
  return adviceTexts[reason];
}
