import { CamgateError } from '../../lib/errors.ts';

/** Sizes by the camera's resolution codes (camera-protocol.md section 6). */
const sizes: readonly (readonly [number, number])[] = [
  [128, 96],
  [160, 128],
  [160, 120],
  [176, 144],
  [320, 240],
  [352, 288],
  [640, 480],
  [704, 576],
  [720, 576],
  [800, 600],
  [1024, 768],
  [1280, 720],
  [256, 114],
  [384, 216],
  [512, 288],
  [640, 360],
  [768, 432],
  [896, 504],
  [1024, 576],
  [1280, 960],
];

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

export function resolutionSize(code: number): PictureSize | undefined {
  const size = sizes[code];
  return size && { width: size[0], height: size[1] };
}

export function resolutionCode(size: PictureSize): number | undefined {
  const code = sizes.findIndex(([width, height]) => width === size.width && height === size.height);
  return code < 0 ? undefined : code;
}

/** Sizes that the encoder takes, and in which the strip of blocks can be read. @throws CamgateError usage */
export function requirePictureSize({ width, height }: PictureSize): void {
  const isRight = [width, height].every(
    (side) => Number.isInteger(side) && side % 2 === 0 && side >= 64 && side <= 4096,
  );
  if (isRight) return;
  throw new CamgateError(
    'usage',
    `A frame must have even sides of 64 to 4096 pixels, not ${width}x${height}.`,
  );
}
