import { hasGlyphs } from '../../media/drawing/bitmap-font.ts';
import type { Clock } from '../../lib/time/clock.ts';
import { shortReason } from '../supervisor/status.ts';
import type { SupervisorState } from '../supervisor/supervisor-state.ts';

/** What the still picture says, in letters that the bitmap font has. */
export interface SlateWords {
  readonly name: string;
  readonly signal: string;
  readonly reason: string;
}

export interface SignalFacts {
  readonly state: SupervisorState;
  /** When the camera's last frame came, by the monotonic clock; undefined: none in this run of the gateway. */
  readonly lastFrameAtMs: number | undefined;
  /** The session gives frames, but none since the outage that a player could begin with. */
  readonly isWaitingForKeyframe: boolean;
}

type WallClock = Pick<Clock, 'wallMs' | 'wallOf'>;

/** A retry that is nearer than this is not worth a time of its own on the picture. */
const soonMs = 10_000;

/** Nothing here ticks on: the words change when the camera's state does, so that a still picture stays a still one. */
export function slateWords(name: string, facts: SignalFacts, clock: WallClock): SlateWords {
  return { name, signal: signalWords(facts, clock), reason: reasonWords(facts, clock) };
}

/**
 * The name as far as the font goes: accents are folded (NFKD, Unicode Annex 15), typographic dashes and quotes become
 * plain ones. A name in another script cannot be drawn; the id, which has Latin letters only, stands for it then.
 */
export function drawableName(name: string, id: string): string {
  const folded = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[\u2010-\u2015]/g, '-')
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201C\u201D]/g, '"')
    .toUpperCase();
  return hasGlyphs(folded) ? folded : id.toUpperCase();
}

function signalWords({ lastFrameAtMs }: SignalFacts, clock: WallClock): string {
  if (lastFrameAtMs === undefined) return 'no signal yet';
  const [last, now] = [new Date(clock.wallOf(lastFrameAtMs)), new Date(clock.wallMs())];
  const isToday = last.toDateString() === now.toDateString();
  return `no signal since ${isToday ? '' : `${calendarDay(last)} `}${clockTime(last)}`;
}

function reasonWords({ state, isWaitingForKeyframe }: SignalFacts, clock: WallClock): string {
  switch (state.name) {
    case 'idle':
      return 'connecting';
    case 'connecting':
      return state.lastFailure === undefined ? 'connecting' : shortReason(state.lastFailure.reason);
    case 'live':
    case 'stalled':
      return isWaitingForKeyframe ? 'waiting for a keyframe' : shortReason('stalled');
    case 'backing-off':
    case 'refused': {
      const words = shortReason(state.failure.reason);
      if (state.retryAtMs - state.sinceMs < soonMs) return words;
      return `${words}, next try at ${clockTime(new Date(clock.wallOf(state.retryAtMs)))}`;
    }
  }
}

/** Local time of the gateway. */
function clockTime(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
}

function calendarDay(date: Date): string {
  return [date.getFullYear(), ...[date.getMonth() + 1, date.getDate()].map(twoDigits)].join('-');
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
