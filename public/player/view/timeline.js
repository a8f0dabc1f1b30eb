import { clockWords } from '../../lib/clock.js';
import { element, setText } from '../../lib/dom.js';
import { formatDuration } from '../../lib/duration.js';

/**
 * @typedef {object} Shift where the picture stands between the oldest that can be watched and the live edge
 * @property {number} lengthSeconds from the oldest picture to the live position
 * @property {number} behindSeconds of the live position; 0 while live
 * @property {boolean} isLive
 * @property {(behindSeconds: number) => number | null} clockAt wall clock of a picture, ms since the epoch; null where
 *   the playlist's clock cannot be known
 *
 * @typedef {object} TimelineActions
 * @property {(behindSeconds: number) => void} seekBehind
 * @property {() => void} goLive
 */

/** A shorter past is not worth a slider: every live playlist has that much. */
const shortestPastSeconds = 30;

/**
 * Slider and live button; hidden if there is no past to go back to. The slider counts back from the live edge, so it
 * stands still under the finger while the window moves on.
 *
 * @param {TimelineActions} actions
 */
export function createTimeline({ seekBehind, goLive }) {
  const slider = element('input', {
    type: 'range',
    class: 'player-seek',
    max: '0',
    step: '1',
    value: '0',
    'aria-label': 'Time',
  });
  // No <output>: that is a live region, and would be read out every second.
  const clock = element('span', { class: 'player-clock' });
  const live = element(
    'button',
    { type: 'button', class: 'player-live', 'aria-keyshortcuts': 'l', title: 'Go live (l)' },
    'Live',
  );
  const row = element('div', { class: 'player-timeline', hidden: true }, clock, slider, live);
  /** @type {Shift | null} */
  let latest = null;
  let isHeld = false;

  const describe = () => {
    const behind = -slider.valueAsNumber;
    const atMs = latest?.clockAt(behind) ?? null;
    const time = atMs === null ? `−${formatDuration(behind)}` : clockWords(atMs);
    setText(clock, time);
    const words = behind === 0 ? 'live' : `${formatDuration(behind)} behind live`;
    slider.setAttribute('aria-valuetext', atMs === null ? words : `${time}, ${words}`);
  };
  slider.addEventListener('pointerdown', () => (isHeld = true));
  for (const type of ['pointerup', 'pointercancel']) {
    slider.addEventListener(type, () => (isHeld = false));
  }
  slider.addEventListener('input', describe);
  slider.addEventListener('change', () => {
    const behind = -slider.valueAsNumber;
    if (behind === 0) goLive();
    else seekBehind(behind);
  });
  live.addEventListener('click', goLive);

  /** @param {Shift | null} shift null: nothing that can be sought in */
  const show = (shift) => {
    latest = shift;
    row.hidden = shift === null || shift.lengthSeconds < shortestPastSeconds;
    if (shift === null || row.hidden || isHeld) return;
    slider.min = String(-Math.floor(shift.lengthSeconds));
    slider.value = shift.isLive ? '0' : String(-Math.round(shift.behindSeconds));
    live.disabled = shift.isLive;
    describe();
  };
  return { row, slider, live, show };
}
