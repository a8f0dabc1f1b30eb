const svgNamespace = 'http://www.w3.org/2000/svg';

/** Paths on a 24 by 24 grid, drawn for this project. */
const paths = {
  play: 'M8 5.2v13.6L19 12z',
  pause: 'M7 5h3.6v14H7zM13.4 5H17v14h-3.6z',
  sound:
    'M4 9.5v5h3.4L12 18.6V5.4L7.4 9.5zM14.5 8.6a4.5 4.5 0 0 1 0 6.8l1.2 1.5a6.4 6.4 0 0 0 0-9.8z',
  muted:
    'M4 9.5v5h3.4L12 18.6V5.4L7.4 9.5zM15 9.4l1.2-1.2 2.1 2.1 2.1-2.1 1.2 1.2-2.1 2.1 2.1 2.1-1.2 ' +
    '1.2-2.1-2.1-2.1 2.1-1.2-1.2 2.1-2.1z',
  fullscreen: 'M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z',
  window: 'M3 5h18v14H3zm2 2v10h14V7zm7 4h5.5v4.5H12z',
  snapshot:
    'M9 5h6l1.4 2H21v12H3V7h4.6zm3 3.6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8zm0 1.9a2.5 2.5 0 1 1 ' +
    '0 5 2.5 2.5 0 0 1 0-5z',
  close:
    'M6.4 5 12 10.6 17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z',
  eye:
    'M12 6c4.6 0 8 3.4 9.6 6-1.6 2.6-5 6-9.6 6s-8-3.4-9.6-6C4 9.4 7.4 6 12 6zm0 2.5a3.5 3.5 0 1 0 0 ' +
    '7 3.5 3.5 0 0 0 0-7z',
  open: 'M5 5h6v2H7v10h10v-4h2v6H5zm8 0h6v6h-2V8.4l-5.6 5.6-1.4-1.4L15.6 7H13z',
};

/** @typedef {keyof typeof paths} IconName */

/**
 * An icon without a name of its own: what it is in says what it does.
 *
 * @param {IconName} name
 */
export function icon(name) {
  const svg = document.createElementNS(svgNamespace, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon');
  const path = document.createElementNS(svgNamespace, 'path');
  path.setAttribute('fill', 'currentColor');
  path.setAttribute('fill-rule', 'evenodd');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}
