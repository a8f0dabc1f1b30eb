/**
 * The tile that an arrow key leads to, by where the tiles are on screen.
 *
 * @param {string} key
 * @param {readonly { left: number, top: number }[]} places of all tiles, in reading order
 * @param {number} from index
 * @returns {number | undefined} index
 */
export function tileInDirection(key, places, from) {
  const here = places[from];
  if (here === undefined) return undefined;
  const last = places.length - 1;
  if (key === 'ArrowLeft') return from > 0 ? from - 1 : undefined;
  if (key === 'ArrowRight') return from < last ? from + 1 : undefined;
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  if (key !== 'ArrowUp' && key !== 'ArrowDown') return undefined;
  const isBeyond = (/** @type {{ top: number }} */ place) =>
    key === 'ArrowUp' ? place.top < here.top - 1 : place.top > here.top + 1;
  return nearest(places, here, isBeyond);
}

/**
 * @param {readonly { left: number, top: number }[]} places
 * @param {{ left: number, top: number }} here
 * @param {(place: { left: number, top: number }) => boolean} isBeyond
 */
function nearest(places, here, isBeyond) {
  const distance = (/** @type {{ left: number, top: number }} */ { left, top }) =>
    Math.abs(top - here.top) * 10 + Math.abs(left - here.left); // the next row first, then the same column
  return places
    .map((place, index) => ({ place, index }))
    .filter(({ place }) => isBeyond(place))
    .sort((a, b) => distance(a.place) - distance(b.place))[0]?.index;
}
