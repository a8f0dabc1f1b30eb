/** How far an arrow key goes in time. */
const stepSeconds = 5;

/**
 * @typedef {object} KeyActions
 * @property {() => void} togglePlay
 * @property {() => void} toggleMute
 * @property {() => void} toggleFullscreen
 * @property {() => void} goLive
 * @property {(seconds: number) => void} step negative is back in time
 * @property {() => boolean} hasPast whether there is a past to go to
 */

/** The space bar presses them. */
const pressed = 'button, a, summary, select';
/** They take every key, but for a slider, which takes the arrows. */
const typedIn = 'input:not([type="range"]), textarea, select, [contenteditable]';

/**
 * @param {HTMLElement | Document} place where the focus has to be: a player, its controls, or anywhere on its page
 * @param {KeyActions} actions
 * @param {AbortSignal} signal
 */
export function listenForKeys(place, actions, signal) {
  place.addEventListener(
    'keydown',
    (event) => onKey(/** @type {KeyboardEvent} */ (event), actions),
    {
      signal,
    },
  );
}

/** @param {KeyboardEvent} event @param {KeyActions} actions */
function onKey(event, actions) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const key = event.key.toLowerCase();
  const action = keyTable(actions)[key];
  if (action === undefined || isTakenBy(event.target, key)) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}

/**
 * @param {EventTarget | null} focused
 * @param {string} key in lower case
 */
function isTakenBy(focused, key) {
  if (!(focused instanceof Element)) return false;
  if (focused.closest(typedIn) !== null) return true;
  if (key === ' ') return focused.closest(pressed) !== null;
  return key.startsWith('arrow') && focused instanceof HTMLInputElement;
}

/** @param {KeyActions} actions @returns {Record<string, () => void>} */
function keyTable({ togglePlay, toggleMute, toggleFullscreen, goLive, step, hasPast }) {
  return {
    ' ': togglePlay,
    k: togglePlay,
    m: toggleMute,
    f: toggleFullscreen,
    ...(hasPast() && {
      arrowleft: () => step(-stepSeconds),
      arrowright: () => step(stepSeconds),
      l: goLive,
    }),
  };
}
