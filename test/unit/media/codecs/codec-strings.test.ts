import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../../src/lib/errors.ts';
import { codecStringOf } from '../../../../src/media/codec-strings.ts';
import type { AudioTrack, VideoTrack } from '../../../../src/media/frame.ts';
import { withoutEmulation } from '../../../../src/media/nal/bit-reader.ts';
import { audio, pps, sps, video } from '../../outputs/hls/window-rig.ts';
import { hevcSets } from '../hevc-sets.ts';

function h264(...parameterSets: Buffer[]): VideoTrack {
  return { ...video, parameterSets };
}

function hevc(...parameterSets: Buffer[]): VideoTrack {
  return { ...video, codec: 'hevc', parameterSets };
}

function aac(hex: string): AudioTrack {
  return { ...audio, configuration: Buffer.from(hex, 'hex') };
}

/** The SPS with another 12 bytes of profile, tier and level (ITU-T H.265 7.3.3). */
function hevcSpsOf(profileTierLevel: string): Buffer {
  const [, sps = Buffer.alloc(0)] = hevcSets;
  const bare = withoutEmulation(sps.subarray(2));
  Buffer.from(profileTierLevel.replaceAll(' ', ''), 'hex').copy(bare, 1);
  const hex = bare.toString('hex').replaceAll(/(..)/g, '$1 ');
  const escaped = hex.replaceAll(/00 00 (?=0[0-3])/g, '00 00 03 ').replaceAll(' ', '');
  return Buffer.concat([sps.subarray(0, 2), Buffer.from(escaped, 'hex')]);
}

describe('codec strings', () => {
  it('of H.264', () => {
    expect(codecStringOf(h264(sps, pps))).toBe('avc1.64001f');
    const constrained = Buffer.concat([Buffer.from('6742c00d', 'hex'), sps.subarray(5)]);
    expect(codecStringOf(h264(pps, constrained))).toBe('avc1.42c00d');
  });

  it('of HEVC', () => {
    expect(codecStringOf(hevc(...hevcSets))).toBe('hvc1.1.6.L93.90');
    const main = hevcSpsOf('01 60000000 b00000000000 5d');
    expect(codecStringOf(hevc(main))).toBe('hvc1.1.6.L93.b0');
    const high = hevcSpsOf('62 80000000 000000000000 99');
    expect(codecStringOf(hevc(high))).toBe('hvc1.A2.1.H153');
  });

  it('of AAC, by its object type', () => {
    expect(codecStringOf(aac('1188'))).toBe('mp4a.40.2');
    expect(codecStringOf(aac('1190'))).toBe('mp4a.40.2');
    expect(codecStringOf(aac('2b8a'))).toBe('mp4a.40.5');
    expect(codecStringOf(aac('f94c'))).toBe('mp4a.40.42');
  });

  it.each([
    ['H.264 without parameter sets', h264()],
    ['H.264 of which the SPS is cut short', h264(sps.subarray(0, 3), pps)],
    ['HEVC without an SPS', hevc(...hevcSets.slice(0, 1))],
    ['HEVC of which the SPS is cut short', hevc((hevcSets[1] ?? sps).subarray(0, 8))],
    ['AAC without a configuration', aac('')],
    ['JPEG', { ...video, codec: 'mjpeg' } as const],
    ['A-law', { ...audio, codec: 'pcm_alaw' } as const],
  ])('are refused of %s', (_what, track) => {
    expect(() => codecStringOf(track)).toThrow(MediaFormatError);
  });
});
