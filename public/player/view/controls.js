import { snapshotPath } from '../../lib/addresses.js';
import { element } from '../../lib/dom.js';
import { icon } from '../../lib/icons.js';
import { createTimeline } from './timeline.js';

/**
 * @typedef {object} ControlActions
 * @property {() => void} togglePlay
 * @property {() => void} toggleMute
 * @property {(volume: number) => void} setVolume 0 to 1
 * @property {() => void} toggleFullscreen
 * @property {() => void} togglePictureInPicture
 * @property {(behindSeconds: number) => void} seekBehind
 * @property {() => void} goLive
 */

/**
 * The bar below the picture.
 *
 * @param {string} cameraId
 * @param {ControlActions} actions
 */
export function createControls(cameraId, actions) {
  const play = button('play', 'Play', 'k', actions.togglePlay);
  const mute = button('muted', 'Unmute', 'm', actions.toggleMute);
  const volume = element('input', {
    type: 'range',
    class: 'player-volume',
    min: '0',
    max: '1',
    step: '0.05',
    value: '1',
    'aria-label': 'Volume',
  });
  volume.addEventListener('input', () => actions.setVolume(volume.valueAsNumber));
  const sound = element('span', { class: 'player-sound' }, mute, volume);
  const snapshot = element(
    'a',
    {
      class: 'player-button',
      href: snapshotPath(cameraId),
      download: `${cameraId}.jpg`,
      title: 'Download a snapshot',
    },
    icon('snapshot'),
  );
  const pictureInPicture = button(
    'window',
    'Picture in picture',
    '',
    actions.togglePictureInPicture,
  );
  const fullscreen = button('fullscreen', 'Full screen', 'f', actions.toggleFullscreen);
  const timeline = createTimeline(actions);
  const spacer = element('span', { class: 'player-spacer' });
  const bar = element(
    'div',
    { class: 'player-bar', role: 'group', 'aria-label': 'Player controls' },
    ...[timeline.row, play, sound, spacer, snapshot, pictureInPicture, fullscreen],
  );
  return { bar, timeline, play, mute, volume, sound, snapshot, pictureInPicture, fullscreen };
}

/**
 * Shows what a button does now.
 *
 * @param {HTMLButtonElement} target
 * @param {import('../../lib/icons.js').IconName} iconName
 * @param {string} label
 */
export function relabel(target, iconName, label) {
  if (target.getAttribute('aria-label') === label) return;
  target.setAttribute('aria-label', label);
  const key = target.getAttribute('aria-keyshortcuts');
  target.title = key === null ? label : `${label} (${key})`;
  target.replaceChildren(icon(iconName));
}

/**
 * @param {import('../../lib/icons.js').IconName} iconName
 * @param {string} label
 * @param {string} key the key that does the same, or ''
 * @param {() => void} onClick
 */
function button(iconName, label, key, onClick) {
  const target = element('button', { type: 'button', class: 'player-button' });
  if (key !== '') target.setAttribute('aria-keyshortcuts', key);
  relabel(target, iconName, label);
  target.addEventListener('click', onClick);
  return target;
}
