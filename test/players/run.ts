import { setTimeout as wait } from 'node:timers/promises';
import { startRig, type Rig } from '../integration/gateway/rig.ts';
import { addresses, cameraKinds, type Address, type CameraKind } from './camera-kinds.ts';
import type { Player } from './player.ts';
import { judge, type Moments, type Verdict } from './verdict.ts';
import { WatchedPlayer } from './watched-player.ts';

export interface RunOptions {
  readonly kind: CameraKind;
  readonly address: Address;
  readonly playMs: number;
  /** Whether the camera was being watched already when the players open it. */
  readonly isWarm: boolean;
  readonly hasOutage: boolean;
}

export interface PlayerRun {
  readonly player: string;
  readonly verdict: Verdict;
  readonly logLines: readonly string[];
}

const warmUpMs = 8000;
const startTimeoutMs = 20_000;
const outageMs = 10_000;
const dialTimeoutMs = 60_000;
/** Longer than any player's buffer and pace of asking again. */
const recoveryMs = 25_000;

interface Schedule {
  readonly openedMs: number;
  readonly playMs: number;
  readonly hasOutage: boolean;
}

/** One camera, these players at the same time: start, play, an outage, and on. */
export async function run(
  players: readonly Player[],
  { kind, address, playMs, isWarm, hasOutage }: RunOptions,
): Promise<PlayerRun[]> {
  await using rig = await startRig([cameraKinds[kind]], { lingerMs: 15_000 });
  const url = rig.url(`/cameras/cam0/${addresses[address]}`);
  if (isWarm) await warmUp(rig);
  const watched = players.map(
    () => new WatchedPlayer((frame) => rig.camera.journal.framesSent.get(frame)),
  );
  const openedMs = Date.now();
  const playing = await Promise.all(
    players.map((player, index) => open(player, url, watched[index])),
  );
  try {
    const moments = await live(rig, watched, { openedMs, playMs, hasOutage });
    return players.map(({ name }, index) => {
      const one = watched[index];
      if (one === undefined) throw new Error('a player without a watch');
      return { player: name, verdict: judge(one, moments), logLines: one.logLines };
    });
  } finally {
    await Promise.all(playing.map(async (one) => one?.[Symbol.asyncDispose]()));
  }
}

async function open(
  player: Player,
  url: URL,
  watch: WatchedPlayer | undefined,
): Promise<AsyncDisposable | undefined> {
  if (watch === undefined) return undefined;
  try {
    return await player.open(url, watch);
  } catch (error) {
    watch.ended(String(error));
    return undefined;
  }
}

/** As a viewer who has been there for a while: a full window. */
async function warmUp(rig: Rig): Promise<void> {
  const index = await rig.get('/cameras/cam0/index.m3u8');
  if (!index.ok) throw new Error(`the camera did not start: ${index.status} ${await index.text()}`);
  await wait(warmUpMs);
}

async function live(
  rig: Rig,
  watched: readonly WatchedPlayer[],
  { openedMs, playMs, hasOutage }: Schedule,
): Promise<Moments> {
  const isUndecided = ({ sightings, end }: WatchedPlayer): boolean =>
    sightings.firstAfter(openedMs) === undefined && end === undefined;
  while (watched.some(isUndecided) && Date.now() < openedMs + startTimeoutMs) await wait(100);
  const startedMs = Date.now();
  await wait(playMs);
  const awayMs = Date.now();
  if (!hasOutage) return { openedMs, startedMs, awayMs, backMs: awayMs, overMs: awayMs };
  await rig.camera.faults.switchOn({ kind: 'reboot', ms: outageMs });
  await wait(outageMs);
  const backMs = await firstFrameAfter(rig, Date.now());
  await wait(recoveryMs);
  return { openedMs, startedMs, awayMs, backMs, overMs: Date.now() };
}

/** When the camera sent something again, ms since the epoch; the gateway's own back-off is no matter of a player. */
async function firstFrameAfter(rig: Rig, fromMs: number): Promise<number> {
  const endMs = fromMs + dialTimeoutMs;
  for (;;) {
    const sent = [...rig.camera.journal.framesSent.values()].filter((atMs) => atMs > fromMs);
    if (sent.length > 0) return Math.min(...sent);
    if (Date.now() > endMs) throw new Error('the gateway did not come back to the camera');
    await wait(50);
  }
}
