import '../player/camgate-player.js';
import { cameraIdOf } from '../lib/addresses.js';
import { element } from '../lib/dom.js';

// The page `/embed/{id}`: nothing but the player, for a frame in another page.
const id = cameraIdOf(location.pathname);
const player = element('camgate-player', {
  camera: id,
  name: id,
  autoplay: true,
  'page-keys': true,
});
player.addEventListener('camera-news', (event) => {
  const { detail } =
    /** @type {CustomEvent<import('../lib/api.js').ApiNews<import('../lib/camera-status.js').CameraStatus>>} */ (
      event
    );
  if (detail.type === 'answer') document.title = detail.value.name;
});
document.body.append(player);
