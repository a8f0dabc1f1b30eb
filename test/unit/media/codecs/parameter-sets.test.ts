import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../../src/lib/errors.ts';
import { isBrowserPlayable, parseSps } from '../../../../src/media/h264/h264-sps.ts';
import {
  hevcConfiguration,
  hevcConfigurationSets,
} from '../../../../src/media/hevc/hevc-configuration.ts';
import { parseHevcSps } from '../../../../src/media/hevc/hevc-sps.ts';
import { hasFfprobe } from '../support.ts';
import { probeStream } from '../media-programs.ts';
import { accessUnitsOf, encodeStream, type EncodeOptions } from '../video-programs.ts';

function parameterSetsOf(stream: Buffer, codec: 'h264' | 'hevc'): readonly Buffer[] {
  return accessUnitsOf(stream, codec)[0]?.parameterSets ?? [];
}

const x264 = (params: string): string[] => ['-x264-params', params];
const x265 = (params: string): string[] => ['-x265-params', `log-level=error:${params}`];

/** By ffmpeg's names. ffprobe calls monochrome yuv420p. */
const pixelFormats: Readonly<Record<string, [chromaFormat: number, bits: number]>> = {
  gray: [0, 8],
  yuv420p: [1, 8],
  yuv422p: [2, 8],
  yuv444p: [3, 8],
  yuv420p10le: [1, 10],
  yuv422p10le: [2, 10],
};

describe.runIf(hasFfprobe)('an SPS of H.264 is read like ffprobe does', () => {
  const cases: [Omit<EncodeOptions, 'codec'>, boolean][] = [
    [{ options: x264('bframes=0') }, true],
    [{ options: ['-profile:v', 'baseline'] }, true],
    [{ size: '322x242', options: x264('bframes=3:b-pyramid=normal') }, true],
    [{ size: '1920x1080', options: x264('bframes=1') }, true],
    [{ size: '704x576', options: [...x264('sar=12/11'), '-color_primaries', 'bt470bg'] }, true],
    [{ options: x264('sar=300/299:nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500') }, true],
    [{ options: x264('colorprim=bt709:transfer=bt709:colormatrix=bt709') }, true],
    [{ options: x264('fullrange=on:colormatrix=smpte170m') }, true],
    [{ size: '640x368', options: x264('tff=1') }, false],
    [{ size: '640x356', options: x264('bff=1') }, false],
    [{ pixels: 'yuv422p' }, false],
    [{ pixels: 'yuv444p', size: '321x241' }, false],
    [{ pixels: 'yuv420p10le' }, false],
    [{ pixels: 'yuv422p10le' }, false],
    [{ pixels: 'gray' }, false],
  ];

  it.each(cases)('%j', (options, isPlayable) => {
    const stream = encodeStream({ codec: 'h264', frameCount: 6, ...options });
    const probed = probeStream(stream, 'v');
    const [sps = Buffer.alloc(0)] = parameterSetsOf(stream, 'h264');
    const parameters = parseSps(sps);
    const { width, height, level, sampleAspect, colour } = parameters;
    expect({ width, height, level }).toEqual({
      width: probed['width'],
      height: probed['height'],
      level: probed['level'],
    });
    expect([parameters.chromaFormat, parameters.lumaBits]).toEqual(
      pixelFormats[options.pixels ?? 'yuv420p'],
    );
    expect(parameters.chromaBits).toBe(parameters.lumaBits);
    expect(parameters.reorderFrameCount).toBe(probed['has_b_frames']);
    const aspect = sampleAspect && `${sampleAspect.width}:${sampleAspect.height}`;
    expect(aspect ?? '1:1').toBe(probed['sample_aspect_ratio'] ?? '1:1');
    expect(colour?.isFullRange ?? false).toBe(probed['color_range'] === 'pc');
    expect(colour?.matrix === 6).toBe(probed['color_space'] === 'smpte170m');
    expect(parameters.frameRate).toBe(25);
    expect(isBrowserPlayable(parameters)).toBe(isPlayable);
  });
});

describe.runIf(hasFfprobe)('an SPS of HEVC is read like ffprobe does', () => {
  it.each([
    [{ options: x265('bframes=0') }, 'Main'],
    [{ size: '1920x1080', options: x265('bframes=2') }, 'Main'],
    [{ size: '322x242', options: x265('temporal-layers=1') }, 'Main'],
    [{ pixels: 'yuv420p10le', options: x265('high-tier=1:level-idc=5.1') }, 'Main 10'],
    [{ pixels: 'yuv422p', options: x265('bframes=0') }, 'Rext'],
  ])('%j', (options, profile) => {
    const stream = encodeStream({ codec: 'hevc', frameCount: 3, ...options });
    const probed = probeStream(stream, 'v');
    const [, sps = Buffer.alloc(0)] = parameterSetsOf(stream, 'hevc');
    const parameters = parseHevcSps(sps);
    const { width, height, profileTierLevel } = parameters;
    expect([width, height]).toEqual([probed['width'], probed['height']]);
    expect(profileTierLevel.readUInt8(11)).toBe(probed['level']);
    expect(probed['profile']).toBe(profile);
    expect(profileTierLevel.readUInt8(0) & 0x1f).toBe({ Main: 1, 'Main 10': 2, Rext: 4 }[profile]);
    expect([parameters.chromaFormat, parameters.lumaBits]).toEqual(
      pixelFormats[String(probed['pix_fmt'])],
    );
  });
});

describe('parameter sets', () => {
  const stream = encodeStream({ codec: 'hevc', frameCount: 1 });
  const sets = parameterSetsOf(stream, 'hevc');

  it('of HEVC come back out of their configuration record', () => {
    expect(hevcConfigurationSets(hevcConfiguration(sets))).toEqual(sets);
    expect(() => hevcConfiguration(sets.slice(1))).toThrow(MediaFormatError);
    expect(() => hevcConfiguration([])).toThrow(MediaFormatError);
  });

  it('of noise throw nothing but their own error', () => {
    const [, sps = Buffer.alloc(0)] = sets;
    const noise = fc.uint8Array({ maxLength: 80 });
    const read = [
      (bytes: Buffer) => parseSps(Buffer.concat([Buffer.from([0x67, 100]), bytes])),
      (bytes: Buffer) => parseHevcSps(Buffer.concat([Buffer.from([0x42, 1]), bytes])),
      (bytes: Buffer) => parseHevcSps(Buffer.concat([sps.subarray(0, 15), bytes])),
      (bytes: Buffer) => hevcConfigurationSets(bytes),
    ];
    fc.assert(
      fc.property(noise, fc.constantFrom(...read), (bytes, parse) => {
        try {
          parse(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(MediaFormatError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('of an impossible size are refused', () => {
    // Baseline, level 3.0, 65535 by 65535 macroblocks.
    const size = '0000000000000001' + '0000000000000000';
    const ue = size.repeat(2);
    const bits = `1` + '1' + '011' + '1' + '1' + '0' + ue + '1' + '1' + '0' + '0' + '1';
    const body = (bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? []).map(
      (byte) => parseInt(byte, 2),
    );
    const escaped = Buffer.from(body).toString('hex').replaceAll('000000', '00000300');
    const sps = Buffer.concat([Buffer.from([0x67, 66, 0, 30]), Buffer.from(escaped, 'hex')]);
    expect(() => parseSps(sps)).toThrow('no possible size');
  });
});
