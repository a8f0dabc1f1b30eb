import {
  forEachTextPixel,
  glyphHeight,
  glyphWidth,
  textWidth,
} from '../../media/drawing/bitmap-font.ts';
import { hslColour, YuvPicture, type YuvColour } from '../../media/drawing/yuv-picture.ts';
import type { SlateWords } from './slate-words.ts';

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** A grid of about this size is drawn, one dot per pixel of the font, and ffmpeg enlarges it to the camera's size. */
const gridSize: PictureSize = { width: 320, height: 180 };
/** Dots that stay free at each side. */
const margin = 10;
const lineGap = 4;

const background = hslColour(205, 0.25, 0.09);
const bright = hslColour(160, 0.1, 0.95);
const pale = hslColour(205, 0.12, 0.7);
const accent = hslColour(10, 0.85, 0.64);

/** How text is set: as large as fits in `maxLines` lines, at most `maxScale` dots per pixel of the font. */
interface Style {
  readonly maxScale: number;
  readonly maxLines: number;
  readonly colour: YuvColour;
  /** Dots above the first line. */
  readonly gap: number;
}

const nameStyle: Style = { maxScale: 3, maxLines: 2, colour: bright, gap: 10 };
const signalStyle: Style = { maxScale: 2, maxLines: 2, colour: accent, gap: 14 };
const reasonStyle: Style = { maxScale: 2, maxLines: 3, colour: pale, gap: 8 };

interface Row {
  readonly text: string;
  readonly scale: number;
  readonly colour: YuvColour;
  readonly gap: number;
}

/** The size that is drawn for a picture of this size: a whole fraction of it, even because chroma is subsampled. */
export function gridFor(size: PictureSize): PictureSize {
  const ratio = Math.min(size.width / gridSize.width, size.height / gridSize.height);
  const pixelsPerDot = Math.max(1, Math.floor(ratio));
  const dots = (pixels: number): number => Math.max(2, even(pixels / pixelsPerDot));
  return { width: dots(size.width), height: dots(size.height) };
}

/** Pixels of the still picture in planar 4:2:0, `grid` large. A new buffer each time. */
export function drawSlate(words: SlateWords, grid: PictureSize): Buffer {
  const picture = new YuvPicture(grid.width, grid.height);
  picture.rectangle(0, 0, grid, background);
  const rows = [
    ...setText(words.name, nameStyle, grid.width),
    ...setText(words.signal, signalStyle, grid.width),
    ...setText(words.reason, reasonStyle, grid.width),
  ];
  const height = rows.reduce((sum, row) => sum + row.gap + glyphHeight * row.scale, 0);
  let y = even(Math.max(0, grid.height - height) / 2);
  const bar = { width: Math.min(48, grid.width), height: 4 };
  picture.rectangle((grid.width - bar.width) / 2, y, bar, accent);
  for (const row of rows) {
    y += row.gap;
    drawRow(picture, row, even(y));
    y += glyphHeight * row.scale;
  }
  return picture.bytes;
}

function setText(text: string, style: Style, gridWidth: number): Row[] {
  const { maxScale, maxLines, colour, gap } = style;
  const capacity = (scale: number): number =>
    Math.max(1, Math.floor((gridWidth - 2 * margin) / ((glyphWidth + 1) * scale)));
  let scale = maxScale;
  while (scale > 1 && wrap(text, capacity(scale)).length > maxLines) scale -= 1;
  const lines = wrap(text, capacity(scale));
  // What does not fit even in small letters is cut: names may have 100 of them.
  if (lines.length > maxLines) lines.splice(maxLines, Infinity, '...');
  return lines.map((line, index) => {
    return { text: line, scale, colour, gap: index === 0 ? gap : lineGap };
  });
}

/** Lines of at most `capacity` letters, broken at blanks, and within a word only where it is longer than a line. */
function wrap(text: string, capacity: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length <= capacity) {
      line = `${line} ${rest}`;
      continue;
    }
    if (line !== '') lines.push(line);
    for (; rest.length > capacity; rest = rest.slice(capacity)) lines.push(rest.slice(0, capacity));
    line = rest;
  }
  if (line !== '') lines.push(line);
  return lines;
}

function drawRow(picture: YuvPicture, { text, scale, colour }: Row, top: number): void {
  const left = even((picture.width - textWidth(text) * scale) / 2);
  const dot = { width: scale, height: scale };
  forEachTextPixel(text, (x, y) =>
    picture.rectangle(left + x * scale, top + y * scale, dot, colour),
  );
}

/** Colour has half the resolution: what is coloured begins where a colour sample does. */
function even(dots: number): number {
  return 2 * Math.floor(dots / 2);
}
