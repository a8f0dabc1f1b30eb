import { backoffDelayMs } from '../lib/backoff.js';

/**
 * Decides what a player does about a picture that stands still, drifts behind or fails. Pure: facts and memory in,
 * action and memory out. This is the only place that decides; engines and elements report and obey.
 *
 *     flowing ── still for 2 s ──▶ jump ── 3 s ──▶ reload ── 4 s ──▶ rebuild ── 5, 10, 20, 30 s ──▶ rebuild …
 *        ▲                                                                                           │
 *        └───────────────────────────── moving for 5 s ──────────────────────────────────────────────┘
 *
 * A camera that is known to be away is not helped by any of this: the ladder then waits, with one try now and then in
 * case the news is old, and starts from its first rung when the camera is back.
 *
 * @typedef {'none' | 'jump' | 'reload' | 'rebuild' | 'restart-load' | 'recover-media' | 'fall-back' | 'ask-again'}
 * Action
 *   jump: seek to the live edge; reload: load the playlist anew; rebuild: a new engine; restart-load: go on loading
 *   after a failed request; recover-media: empty and refill the decoder; fall-back: a simpler engine; ask-again: a
 *   playlist that had nothing yet
 *
 * @typedef {object} Facts
 * @property {number} nowMs
 * @property {number} positionSeconds of the picture that is shown
 * @property {boolean} isWatched false while paused, hidden or without network: standing still is right then
 * @property {boolean} isCameraAway the gateway says that the camera gives no picture
 * @property {boolean} hasStarted a picture has moved since the engine was built
 * @property {number | null} latencySeconds behind the live edge
 * @property {number | null} targetLatencySeconds
 *
 * @typedef {object} Memory
 * @property {number} positionSeconds at the last look
 * @property {number} movedAtMs
 * @property {number | null} movingSinceMs null while the picture stands
 * @property {number} actedAtMs when the last action takes or took place; the next wait counts from there
 * @property {number} step rungs of the ladder that have been used
 * @property {number} failures errors since the picture last moved for a while
 * @property {number} mediaRecoveredAtMs
 * @property {boolean} wasCameraAway
 *
 * @typedef {'playlist' | 'empty-playlist' | 'media-request' | 'decoder' | 'unsupported' | 'other'} FailureKind
 */

/** How long the picture may stand before each rung, in milliseconds; the last one repeats. */
const rungs = [
  { action: 'jump', afterMs: 2000 },
  { action: 'reload', afterMs: 3000 },
  { action: 'rebuild', afterMs: 4000 },
  { action: 'rebuild', afterMs: 5000 },
  { action: 'rebuild', afterMs: 10_000 },
  { action: 'rebuild', afterMs: 20_000 },
  { action: 'rebuild', afterMs: 30_000 },
];
/** The gateway itself waits 10 s for a cold camera; a playlist request that is held that long is no stall. */
const coldStartMs = 12_000;
const awayTryMs = 15_000;
const steadyMs = 5000;
/** Seconds behind the wanted latency at which catching up by playing faster takes too long. */
const driftSeconds = 3;
/** A decoder that fails again this soon is not cured by being refilled. */
const mediaRecoveryMs = 10_000;
/** A cold camera has its first segment within a second or two. */
const emptyDelayMs = 150;
const failureBackoff = { firstMs: 400, maxMs: 8000 };

/**
 * @param {number} nowMs
 * @returns {Memory}
 */
export function freshMemory(nowMs) {
  return {
    positionSeconds: 0,
    movedAtMs: nowMs,
    movingSinceMs: null,
    actedAtMs: nowMs,
    step: 0,
    failures: 0,
    mediaRecoveredAtMs: Number.NEGATIVE_INFINITY,
    wasCameraAway: false,
  };
}

/**
 * @param {Facts} facts
 * @param {Memory} memory
 * @returns {{ action: Action, memory: Memory }}
 */
export function onTick(facts, memory) {
  const seen = {
    ...memory,
    positionSeconds: facts.positionSeconds,
    wasCameraAway: facts.isCameraAway,
  };
  if (!facts.isWatched) return rest(facts, seen);
  if (facts.positionSeconds !== memory.positionSeconds) return whileMoving(facts, seen);
  if (memory.wasCameraAway && !facts.isCameraAway) {
    return { action: 'none', memory: { ...seen, step: 0, failures: 0, actedAtMs: facts.nowMs } };
  }
  return whileStanding(facts, { ...seen, movingSinceMs: null });
}

/**
 * @param {{ kind: FailureKind, nowMs: number, random: number }} failure
 * @param {Memory} memory
 * @returns {{ action: Action, delayMs: number, memory: Memory }}
 */
export function onFailure({ kind, nowMs, random }, memory) {
  if (kind === 'empty-playlist') {
    return { action: 'ask-again', delayMs: emptyDelayMs, memory: { ...memory, actedAtMs: nowMs } };
  }
  const failures = memory.failures + 1;
  if (kind === 'unsupported') {
    return { action: 'fall-back', delayMs: 0, memory: { ...memory, actedAtMs: nowMs } };
  }
  if (kind === 'decoder' && nowMs - memory.mediaRecoveredAtMs > mediaRecoveryMs) {
    const next = { ...memory, failures, actedAtMs: nowMs, mediaRecoveredAtMs: nowMs };
    return { action: 'recover-media', delayMs: 0, memory: next };
  }
  const delayMs = backoffDelayMs(failureBackoff, memory.failures, random);
  const next = { ...memory, failures, actedAtMs: nowMs + delayMs };
  return { action: actionAfter(kind), delayMs, memory: next };
}

/** @param {FailureKind} kind @returns {Action} */
function actionAfter(kind) {
  if (kind === 'playlist') return 'reload';
  return kind === 'media-request' ? 'restart-load' : 'rebuild';
}

/** @param {Facts} facts @param {Memory} memory @returns {{ action: Action, memory: Memory }} */
function rest({ nowMs }, memory) {
  return {
    action: 'none',
    memory: { ...memory, movedAtMs: nowMs, actedAtMs: nowMs, movingSinceMs: null },
  };
}

/** @param {Facts} facts @param {Memory} memory @returns {{ action: Action, memory: Memory }} */
function whileMoving({ nowMs, latencySeconds, targetLatencySeconds }, memory) {
  const movingSinceMs = memory.movingSinceMs ?? nowMs;
  const isSteady = nowMs - movingSinceMs >= steadyMs;
  const moved = {
    ...memory,
    movedAtMs: nowMs,
    movingSinceMs,
    ...(isSteady ? { step: 0, failures: 0 } : {}),
  };
  const isBehind =
    latencySeconds !== null &&
    targetLatencySeconds !== null &&
    latencySeconds > targetLatencySeconds + driftSeconds;
  if (isBehind && nowMs - memory.actedAtMs >= driftSeconds * 1000) {
    return { action: 'jump', memory: { ...moved, actedAtMs: nowMs } };
  }
  return { action: 'none', memory: moved };
}

/** @param {Facts} facts @param {Memory} memory @returns {{ action: Action, memory: Memory }} */
function whileStanding(facts, memory) {
  const rung = rungFor(facts, memory);
  const waitedMs = facts.nowMs - Math.max(memory.movedAtMs, memory.actedAtMs);
  if (waitedMs < rung.afterMs) return { action: 'none', memory };
  return {
    action: /** @type {Action} */ (rung.action),
    memory: { ...memory, step: memory.step + 1, actedAtMs: facts.nowMs },
  };
}

/** @param {Facts} facts @param {Memory} memory */
function rungFor({ isCameraAway, hasStarted }, { step }) {
  if (isCameraAway) return { action: 'rebuild', afterMs: awayTryMs };
  if (!hasStarted) return { action: 'rebuild', afterMs: coldStartMs };
  return rungs[Math.min(step, rungs.length - 1)] ?? { action: 'rebuild', afterMs: awayTryMs };
}
