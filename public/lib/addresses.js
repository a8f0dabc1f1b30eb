/** The path below which the gateway lies, which is `/` unless a proxy has put it elsewhere. */
const root = new URL('..', import.meta.url).pathname;

export const camerasPath = `${root}api/cameras`;

/** Paths of one camera on this gateway. */

/** @param {string} id */
export const cameraPage = (id) => `${root}cameras/${encodeURIComponent(id)}`;

/** @param {string} id */
export const embedPage = (id) => `${root}embed/${encodeURIComponent(id)}`;

/** @param {string} id */
export const statusPath = (id) => `${camerasPath}/${encodeURIComponent(id)}`;

/** @param {string} id */
export const retryPath = (id) => `${statusPath(id)}/retry`;

/** @param {string} id */
export const playlistPath = (id) => `${cameraPage(id)}/index.m3u8`;

/** @param {string} id */
export const classicPlaylistPath = (id) => `${cameraPage(id)}/classic/index.m3u8`;

/** @param {string} id */
export const transportPlaylistPath = (id) => `${cameraPage(id)}/ts/index.m3u8`;

/** @param {string} id */
export const mjpegPath = (id) => `${cameraPage(id)}/stream.mjpg`;

/** @param {string} id */
export const snapshotPath = (id) => `${cameraPage(id)}/snapshot.jpg`;

/** No frame is no error then: a camera that is away leaves no line in the browser's console. */
const orNothing = 'missing=204';

/** For the player of these pages, which knows what to do about an empty answer. @param {string} id */
export const playablePath = (id) => `${playlistPath(id)}?${orNothing}`;

/**
 * For the stills of these pages.
 *
 * @param {string} id
 * @param {number} [width] pixels, one of snapshotWidths; the camera's own size without it
 */
export const stillPath = (id, width) =>
  `${snapshotPath(id)}?${orNothing}${width === undefined ? '' : `&width=${width}`}`;

/** The widths that the gateway scales to. */
const snapshotWidths = [160, 320, 480, 640, 960, 1280];

/**
 * The width to ask for: the smallest that fills the place, or none when the camera's own picture is about that small
 * anyway, because that one costs the gateway nothing.
 *
 * @param {number} placePixels width of the place in device pixels
 * @param {number | undefined} ownPixels width of the camera's picture, if known
 */
export function snapshotWidthFor(placePixels, ownPixels) {
  const width = snapshotWidths.find((candidate) => candidate >= placePixels) ?? 1280;
  return ownPixels !== undefined && ownPixels <= width * 1.5 ? undefined : width;
}

/**
 * For use outside of this page: below the public address of the gateway where it has one, else below that by which the
 * page was opened.
 *
 * @param {string} path of this gateway, as the functions above give it
 */
export function publicAddress(path) {
  const told = document.querySelector('meta[name="public-url"]')?.getAttribute('content') ?? '';
  return new URL(path.slice(root.length), new URL(told === '' ? root : told, location.href)).href;
}

/**
 * The camera id of a page's path, such as `/cameras/front` or, behind a proxy, `/cams/embed/front/`.
 *
 * @param {string} pathname
 */
export function cameraIdOf(pathname) {
  const id = /\/(?:cameras|embed)\/([^/]*)\/?$/.exec(pathname)?.[1] ?? '';
  try {
    return decodeURIComponent(id);
  } catch {
    return id; // a lone percent sign: no camera has that name, and the page says so
  }
}
