/**
 * Play and pause by media keys, a headset, or the small window of picture-in-picture. Without handlers the browser
 * would pause the video element itself, which to the player is a picture that stands still and has to be helped.
 *
 * @param {{ play: () => void, pause: () => void }} actions
 */
export function takeMediaKeys({ play, pause }) {
  setHandlers(play, pause);
}

/** The browser does again what it does by itself. */
export function giveMediaKeysBack() {
  setHandlers(null, null);
}

/** @param {(() => void) | null} play @param {(() => void) | null} pause */
function setHandlers(play, pause) {
  if (!('mediaSession' in navigator)) return;
  navigator.mediaSession.setActionHandler('play', play);
  navigator.mediaSession.setActionHandler('pause', pause);
}
