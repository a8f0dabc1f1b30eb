/**
 * How fast to play, so that the picture stays as near to the live edge as the playlist allows. hls.js catches up too,
 * but only while more than a second is buffered; with parts of 200 ms that leaves it 0.4 s behind its own target.
 *
 * @typedef {object} PacingFacts
 * @property {number | null} latencySeconds behind the live edge
 * @property {number | null} targetLatencySeconds
 * @property {number} bufferedSeconds ahead of the picture that is shown
 * @property {number} rate now
 * @property {number | null} fillingForMs how long the engine has been filling its buffer from the picture that it
 * shows; null: it is not
 */

/**
 * Beyond this many seconds too late, or this share of a short target, playing faster begins; it ends when the target is
 * reached.
 */
const tooLateSeconds = 0.15;
const tooLateShare = 0.25;
const reachedSeconds = 0.03;
/**
 * With less than this in the buffer, or this share of a short target, nothing is played faster, whatever the latency:
 * the next part may be late.
 */
const reserveSeconds = 0.25;
const reserveShare = 0.6;
/** Nearer to the edge than wanted and nearly dry: a little slower until there is a reserve again. */
const drySeconds = 0.12;
/**
 * Much nearer than wanted: a cold camera has only its first part, which would run dry before the next one. Played this
 * slowly it lasts until then, and within a second or two there is a reserve.
 */
const muchTooNearSeconds = 0.2;
const slowest = 0.75;
/** Voices stay natural, and a second is caught up in five. */
const fastest = 1.2;
const gentle = 1.08;
const slower = 0.95;
/**
 * An engine whose start takes longer than this plays what it has: a picture that moves by jerks is better than none.
 */
const fillingMaxMs = 2000;

/**
 * @param {PacingFacts} facts
 * @returns {number} playback rate; few distinct values, because every change disturbs the sound for a moment
 */
export function playbackRate(facts) {
  const { latencySeconds, targetLatencySeconds, bufferedSeconds, rate, fillingForMs } = facts;
  if (fillingForMs !== null && fillingForMs < fillingMaxMs) return 0;
  if (latencySeconds === null || targetLatencySeconds === null) return 1;
  const behind = latencySeconds - targetLatencySeconds;
  const tooLate = Math.min(tooLateSeconds, tooLateShare * targetLatencySeconds);
  const reserve = Math.min(reserveSeconds, reserveShare * targetLatencySeconds);
  if (behind < -muchTooNearSeconds && bufferedSeconds < 2 * reserveSeconds) return slowest;
  if (behind < 0 && bufferedSeconds < drySeconds) return slower;
  if (bufferedSeconds < reserve) return 1;
  const isCatchingUp = rate > 1 ? behind > reachedSeconds : behind > tooLate;
  if (!isCatchingUp) return 1;
  if (behind > 0.6) return fastest;
  return behind > 0.3 ? 1.15 : gentle;
}

/**
 * Distance to keep beyond what the playlist asks for, learned from stalls.
 *
 * @typedef {{ seconds: number, changedAtMs: number }} Cushion
 */

/** About half a part more after each stall, and never so much that a live picture is none. */
const cushionStepSeconds = 0.1;
const cushionMaxSeconds = 1;
/** A network that was smooth for this long gets another chance. */
const cushionForgetMs = 60_000;

/** @param {Cushion} cushion @param {number} nowMs @returns {Cushion} */
export function afterStall({ seconds }, nowMs) {
  return { seconds: Math.min(cushionMaxSeconds, seconds + cushionStepSeconds), changedAtMs: nowMs };
}

/** @param {Cushion} cushion @param {number} nowMs @returns {Cushion} */
export function afterCalm(cushion, nowMs) {
  if (cushion.seconds === 0 || nowMs - cushion.changedAtMs < cushionForgetMs) return cushion;
  return { seconds: Math.max(0, cushion.seconds - cushionStepSeconds), changedAtMs: nowMs };
}

/**
 * Seconds that are buffered from the picture that is shown on.
 *
 * @param {HTMLVideoElement} video
 */
export function bufferedAhead({ buffered, currentTime }) {
  for (let index = 0; index < buffered.length; index++) {
    const end = buffered.end(index);
    if (buffered.start(index) <= currentTime && currentTime <= end) return end - currentTime;
  }
  return 0;
}
