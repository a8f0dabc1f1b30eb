/** Studio range BT.601: luma 16 to 235, chroma 16 to 240 around 128. */
export interface YuvColour {
  readonly y: number;
  readonly u: number;
  readonly v: number;
}

export const white: YuvColour = { y: 235, u: 128, v: 128 };
export const black: YuvColour = { y: 16, u: 128, v: 128 };

/** Hue in degrees, saturation and lightness 0 to 1. */
export function hslColour(hue: number, saturation: number, lightness: number): YuvColour {
  const amplitude = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number): number => {
    const k = (offset + hue / 30) % 12;
    return lightness - amplitude * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  };
  const [r, g, b] = [channel(0), channel(8), channel(4)];
  return {
    y: Math.round(16 + 65.5 * r + 128.6 * g + 25 * b),
    u: Math.round(128 - 37.8 * r - 74.2 * g + 112 * b),
    v: Math.round(128 + 112 * r - 93.8 * g - 18.2 * b),
  };
}

/** One picture in planar 4:2:0 as ffmpeg's rawvideo yuv420p wants it; width and height are even. */
export class YuvPicture {
  readonly width: number;
  readonly height: number;
  readonly bytes: Buffer;
  readonly #chromaWidth: number;
  readonly #uStart: number;
  readonly #vStart: number;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#chromaWidth = width / 2;
    this.#uStart = width * height;
    this.#vStart = this.#uStart + (width * height) / 4;
    this.bytes = Buffer.alloc((width * height * 3) / 2);
  }

  copyFrom(other: YuvPicture): void {
    other.bytes.copy(this.bytes);
  }

  /** Fills the part of the rectangle that lies inside; edges are rounded to whole pixels. */
  rectangle(
    x: number,
    y: number,
    size: { width: number; height: number },
    colour: YuvColour,
  ): void {
    const top = Math.round(y);
    const bottom = Math.round(y + size.height);
    for (let row = top; row < bottom; row++) this.span(row, x, x + size.width, colour);
  }

  circle(x: number, y: number, radius: number, colour: YuvColour): void {
    for (let row = Math.ceil(y - radius); row <= y + radius; row++) {
      const half = Math.sqrt(Math.max(0, radius * radius - (row - y) ** 2));
      this.span(row, x - half, x + half, colour);
    }
  }

  /** A line of round dots, for hands and ropes. */
  stroke(
    from: { x: number; y: number },
    to: { x: number; y: number },
    thickness: number,
    colour: YuvColour,
  ): void {
    const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y)));
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      const x = from.x + (to.x - from.x) * share;
      this.circle(x, from.y + (to.y - from.y) * share, thickness / 2, colour);
    }
  }

  /** One row from `left` up to but not including `right`. Chroma follows on even rows. */
  span(row: number, left: number, right: number, colour: YuvColour): void {
    if (row < 0 || row >= this.height) return;
    const from = Math.max(0, Math.round(left));
    const to = Math.min(this.width, Math.round(right));
    if (to <= from) return;
    this.bytes.fill(colour.y, row * this.width + from, row * this.width + to);
    if (row % 2 === 1) return;
    const chromaRow = (row / 2) * this.#chromaWidth;
    const [cFrom, cTo] = [chromaRow + (from >> 1), chromaRow + ((to + 1) >> 1)];
    this.bytes.fill(colour.u, this.#uStart + cFrom, this.#uStart + cTo);
    this.bytes.fill(colour.v, this.#vStart + cFrom, this.#vStart + cTo);
  }
}
