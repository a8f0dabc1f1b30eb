import type { FfmpegBinary } from '../../../src/ffmpeg/binary.ts';

/** Runs small real programs in place of ffmpeg, to show every way a child can behave. */
export const node: FfmpegBinary = {
  path: process.execPath,
  version: 'test',
  major: undefined,
  libavcodecMajor: 59,
  features: { frameRateMode: '-fps_mode' },
  source: 'configured',
};
