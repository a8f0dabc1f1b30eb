const idleMs = 2500;

/**
 * Marks a player with `data-active` while somebody uses it: otherwise the control bar does not cover the picture.
 *
 * @param {HTMLElement} player
 * @param {AbortSignal} signal
 */
export function hideBarWhenIdle(player, signal) {
  let timer = setTimeout(() => undefined, 0);
  const rest = () => player.removeAttribute('data-active');
  const wake = () => {
    player.dataset['active'] = '';
    clearTimeout(timer);
    timer = setTimeout(rest, idleMs);
  };
  for (const type of ['pointermove', 'pointerdown', 'keydown', 'focusin']) {
    player.addEventListener(type, wake, { signal });
  }
  player.addEventListener('pointerleave', rest, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  wake();
}
