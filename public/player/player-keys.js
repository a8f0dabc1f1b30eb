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

/**
 * The keys of a player that has the focus, or of whose controls one has it.
 *
 * @param {HTMLElement} player
 * @param {KeyActions} actions
 * @param {AbortSignal} signal
 */
export function listenForKeys(player, actions, signal) {
  player.addEventListener('keydown', (event) => onKey(event, player, actions), { signal });
}

/** @param {KeyboardEvent} event @param {HTMLElement} player @param {KeyActions} actions */
function onKey(event, player, actions) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isOnControl = event.target instanceof HTMLElement && event.target !== player;
  const key = event.key.toLowerCase();
  if (key === ' ' && isOnControl) return; // the space bar presses the focused button
  if (event.target instanceof HTMLInputElement && key.startsWith('arrow')) return; // they move the slider
  const action = keyTable(actions)[key];
  if (action === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  action();
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
