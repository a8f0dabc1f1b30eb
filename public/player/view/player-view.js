import { stillPath } from '../../lib/addresses.js';
import { element, setText } from '../../lib/dom.js';
import { icon } from '../../lib/icons.js';
import { createControls, relabel } from './controls.js';

/**
 * @typedef {object} PlayerFace what a player shows at one moment
 * @property {import('./words.js').PlayerState} state
 * @property {string} words
 * @property {string | null} advice
 * @property {boolean} isPaused
 * @property {boolean} hasPlayed
 * @property {boolean} isShifted
 * @property {boolean} isVideo it plays in the video element, not in the image
 * @property {boolean} hasSound
 * @property {import('./timeline.js').Shift | null} shift
 */

/** The elements of a player inside its host; it shows what it is told and decides nothing. */
export class PlayerView {
  #host;
  #poster = element('img', { class: 'player-poster', alt: '' });
  #badge = element('span', { class: 'player-badge' });
  #message = element('p', { class: 'player-message' });
  #advice = element('p', { class: 'player-advice' });
  /** Browsers start silent video only, and nothing else says that there is audio. */
  #soundHint = element(
    'button',
    { type: 'button', class: 'player-sound-hint', hidden: true, title: 'Unmute (m)' },
    icon('muted'),
    'Sound is off',
  );
  #wasUnmuted = false;
  #announcer = element('div', { class: 'visually-hidden', 'aria-live': 'polite' });
  #controls;

  /**
   * @param {HTMLElement} host
   * @param {{ cameraId: string, name: string }} camera
   * @param {import('./controls.js').ControlActions} actions
   */
  constructor(host, { cameraId, name }, actions) {
    this.#host = host;
    this.video = element('video', {
      playsinline: true,
      disableremoteplayback: true,
    });
    this.stream = element('img', { class: 'player-stream', hidden: true });
    this.canvas = element('canvas', {
      class: 'player-freeze',
      hidden: true,
      'aria-hidden': 'true',
    });
    this.#poster.src = stillPath(cameraId);
    this.#controls = createControls(cameraId, actions);
    const spinner = element('span', { class: 'player-spinner', 'aria-hidden': 'true' });
    const notice = element('div', { class: 'player-notice' }, spinner, this.#message, this.#advice);
    const start = element(
      'button',
      { type: 'button', class: 'player-start', 'aria-label': 'Play' },
      icon('play'),
    );
    start.addEventListener('click', actions.togglePlay);
    this.video.addEventListener('click', actions.togglePlay);
    this.#soundHint.addEventListener('click', actions.toggleMute);
    this.video.addEventListener('volumechange', () => this.#showSound());
    this.#poster.addEventListener('load', () => (host.dataset['poster'] = 'shown'));
    host.tabIndex = 0;
    host.setAttribute('role', 'group');
    host.replaceChildren(
      ...[this.#poster, this.video, this.stream, this.canvas, notice, start],
      ...[this.#badge, this.#soundHint, this.#controls.bar, this.#announcer],
    );
    this.video.muted = true;
    this.#showSound();
    this.name = name;
  }

  /** @param {string} name of the camera, for people who hear the page */
  set name(name) {
    this.video.setAttribute('aria-label', `Live video of ${name}`);
    this.stream.alt = `Live pictures of ${name}`;
    this.#controls.snapshot.setAttribute('aria-label', `Download a snapshot of ${name}`);
    this.#host.setAttribute('aria-label', `Player of ${name}`);
  }

  get hasTimeline() {
    return !this.#controls.timeline.row.hidden;
  }

  /** @param {PlayerFace} face */
  show({ state, words, advice, isPaused, hasPlayed, isShifted, isVideo, hasSound, shift }) {
    const { play, sound, timeline, pictureInPicture } = this.#controls;
    if (this.#host.dataset['state'] !== state) {
      this.#host.dataset['state'] = state;
      setText(this.#announcer, words); // once per change: figures that tick on would drown everything else
    }
    setText(this.#badge, words);
    setText(this.#message, words);
    setText(this.#advice, advice ?? '');
    if (isPaused) relabel(play, 'play', 'Play');
    else relabel(play, 'pause', 'Pause');
    this.#host.toggleAttribute('data-moving', hasPlayed);
    this.#host.toggleAttribute('data-shifted', isShifted);
    timeline.show(shift);
    sound.hidden = !hasSound;
    this.#soundHint.hidden = !hasSound || !isVideo || state !== 'playing' || this.#wasUnmuted;
    pictureInPicture.hidden = !isVideo || !document.pictureInPictureEnabled;
  }

  #showSound() {
    const { muted, volume } = this.video;
    // Once is enough: anyone who then mutes it knows.
    this.#wasUnmuted ||= !muted;
    if (this.#wasUnmuted) this.#soundHint.hidden = true;
    if (muted) relabel(this.#controls.mute, 'muted', 'Unmute');
    else relabel(this.#controls.mute, 'sound', 'Mute');
    this.#controls.volume.value = String(muted ? 0 : volume);
  }
}
