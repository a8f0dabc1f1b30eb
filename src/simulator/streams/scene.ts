import { forEachTextPixel, glyphHeight, textWidth } from '../../media/drawing/bitmap-font.ts';
import { stripCellCount, stripCells, stripHeight } from './frame-strip.ts';
import {
  black,
  hslColour,
  white,
  YuvPicture,
  type YuvColour,
} from '../../media/drawing/yuv-picture.ts';

export interface SceneOptions {
  /** Even, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Frames until everything is back where it was. */
  readonly frameCount: number;
  readonly fps: number;
  /** Written into the picture. */
  readonly title: string;
  /** Colour of the evening, in degrees. */
  readonly hue: number;
}

/**
 * The simulated view: hills under an evening sky, drifting clouds, lanterns that rise and sink, a clock whose hand
 * turns, the camera's name, a running counter and the strip with the frame's number. Everything moves along closed
 * curves, so the loop has no visible seam. The background is painted once; a frame costs one copy and few shapes.
 */
export class Scene {
  readonly #options: SceneOptions;
  readonly #background: YuvPicture;
  readonly #picture: YuvPicture;
  /** Everything is laid out for a picture of 360 rows and scaled by this. */
  readonly #unit: number;

  constructor(options: SceneOptions) {
    this.#options = options;
    this.#unit = options.height / 360;
    this.#background = new YuvPicture(options.width, options.height);
    this.#picture = new YuvPicture(options.width, options.height);
    this.#paintBackground();
  }

  /** Pixels of one frame; the buffer is overwritten by the next call. */
  render(frameNumber: number): Buffer {
    const phase = (2 * Math.PI * frameNumber) / this.#options.frameCount;
    this.#picture.copyFrom(this.#background);
    this.#paintClouds(phase);
    this.#paintLanterns(phase);
    this.#paintClock(phase);
    this.#paintTexts(frameNumber);
    this.#paintStrip(frameNumber);
    return this.#picture.bytes;
  }

  #paintBackground(): void {
    const { width, height, hue } = this.#options;
    for (let row = 0; row < height; row++) {
      const depth = row / height;
      this.#background.span(row, 0, width, hslColour(hue + 45 * depth, 0.55, 0.22 + 0.5 * depth));
    }
    const sunX = width * 0.3;
    this.#background.circle(sunX, height * 0.56, 52 * this.#unit, hslColour(hue + 60, 0.6, 0.78));
    this.#background.circle(sunX, height * 0.56, 42 * this.#unit, hslColour(hue + 55, 0.7, 0.86));
    [0.66, 0.75, 0.85].forEach((level, layer) => {
      const colour = hslColour(hue + 12 * layer, 0.4, 0.34 - 0.09 * layer);
      for (let x = 0; x < width; x += 2) {
        const wave = Math.sin((x / width) * (5 + 2 * layer) + 2.1 * layer);
        const ripple = Math.sin((x / width) * (17 - 3 * layer) + layer);
        const top = height * level + (13 * wave + 4 * ripple) * this.#unit;
        this.#background.rectangle(x, top, { width: 2, height: height - top }, colour);
      }
    });
  }

  #paintClouds(phase: number): void {
    const { width, height, hue } = this.#options;
    [0.0, 0.38, 0.71].forEach((start, index) => {
      const span = width * 1.3;
      const travelled = (start + phase / (2 * Math.PI)) % 1;
      const x = travelled * span - width * 0.15;
      const y = height * (0.19 + 0.1 * index);
      const colour = hslColour(hue + 30, 0.35, 0.72 - 0.06 * index);
      const size = (15 - 2 * index) * this.#unit;
      this.#picture.circle(x - 1.3 * size, y, size * 0.8, colour);
      this.#picture.circle(x, y - size * 0.35, size, colour);
      this.#picture.circle(x + 1.4 * size, y, size * 0.75, colour);
    });
  }

  #paintLanterns(phase: number): void {
    const { width, height, hue } = this.#options;
    for (let index = 0; index < 4; index++) {
      const swing = Math.sin(phase * (index + 2) + index);
      const x = width * (0.14 + 0.17 * index) + 14 * this.#unit * swing;
      const y = height * (0.56 + 0.13 * Math.sin(phase * (3 + (index % 2)) + 1.7 * index));
      const tint = hue + 150 + 35 * index;
      this.#picture.circle(x, y, 13 * this.#unit, hslColour(tint, 0.65, 0.58));
      this.#picture.circle(x, y, 7 * this.#unit, hslColour(tint + 15, 0.8, 0.8));
      const basket = { width: 6 * this.#unit, height: 5 * this.#unit };
      this.#picture.rectangle(x - basket.width / 2, y + 15 * this.#unit, basket, black);
    }
  }

  #paintClock(phase: number): void {
    const { width, height, hue, frameCount, fps } = this.#options;
    const [x, y, radius] = [width - 62 * this.#unit, height * 0.3, 38 * this.#unit];
    this.#picture.circle(x, y, radius + 3 * this.#unit, hslColour(hue, 0.3, 0.18));
    this.#picture.circle(x, y, radius, hslColour(hue + 40, 0.25, 0.92));
    for (let hour = 0; hour < 12; hour++) {
      const tick = { x: Math.sin((hour * Math.PI) / 6), y: Math.cos((hour * Math.PI) / 6) };
      const at = radius * 0.82;
      this.#picture.circle(x + at * tick.x, y + at * tick.y, 1.8 * this.#unit, black);
    }
    // Whole turns per loop, about one in four seconds.
    const turns = Math.max(1, Math.round(frameCount / fps / 4));
    const angle = phase * turns;
    const reach = radius * 0.72;
    const tip = { x: x + reach * Math.sin(angle), y: y - reach * Math.cos(angle) };
    this.#picture.stroke({ x, y }, tip, 4 * this.#unit, hslColour(hue + 180, 0.7, 0.4));
    this.#picture.circle(x, y, 4 * this.#unit, black);
  }

  #paintTexts(frameNumber: number): void {
    const { width, height, title } = this.#options;
    const scale = Math.max(1, Math.round(3 * this.#unit));
    const y = height - (glyphHeight + 4) * scale;
    const counter = String(frameNumber).padStart(4, '0');
    this.#text(title, { x: 5 * scale, y, scale });
    this.#text(counter, { x: width - (textWidth(counter) + 5) * scale, y, scale });
  }

  #text(text: string, at: { x: number; y: number; scale: number }): void {
    const pixel = { width: at.scale, height: at.scale };
    const layers: readonly [number, YuvColour][] = [
      [Math.max(1, Math.floor(at.scale / 2)), black],
      [0, white],
    ];
    for (const [shift, colour] of layers) {
      forEachTextPixel(text, (x, y) =>
        this.#picture.rectangle(
          at.x + x * at.scale + shift,
          at.y + y * at.scale + shift,
          pixel,
          colour,
        ),
      );
    }
  }

  #paintStrip(frameNumber: number): void {
    const cellWidth = this.#options.width / stripCellCount;
    const size = { width: cellWidth, height: stripHeight(this.#options.height) };
    stripCells(frameNumber).forEach((isWhite, cell) =>
      this.#picture.rectangle(cell * cellWidth, 0, size, isWhite ? white : black),
    );
  }
}
