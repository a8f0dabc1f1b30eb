import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../src/lib/errors.ts';
import {
  avcCodecString,
  hevcCodecString,
  parseAacConfiguration,
} from '../../../src/media/mp4/codec-strings.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const esdsOf = (config: string) =>
  bytes(`00000000 0380808022 000100 0480808014 ${config} 0680808001 02`);

describe('codec strings', () => {
  it('of H.264', () => {
    expect(avcCodecString('avc1', bytes('01 64 00 1f ff'))).toBe('avc1.64001f');
    expect(avcCodecString('avc3', bytes('01 42 c0 0d ff'))).toBe('avc3.42c00d');
  });

  it('of HEVC', () => {
    const main = bytes('01 01 60000000 b00000000000 5d');
    expect(hevcCodecString('hvc1', main)).toBe('hvc1.1.6.L93.b0');
    const high = bytes('01 62 80000000 000000000000 99');
    expect(hevcCodecString('hev1', high)).toBe('hev1.A2.1.H153');
  });

  it('of AAC with its channels', () => {
    const aac = (audio: string) => esdsOf(`40 15 000000 00000000 00000000 05808080 02 ${audio}`);
    expect(parseAacConfiguration(aac('1188'))).toEqual({
      codecString: 'mp4a.40.2',
      channelCount: 1,
    });
    expect(parseAacConfiguration(aac('1190'))).toEqual({
      codecString: 'mp4a.40.2',
      channelCount: 2,
    });
    expect(parseAacConfiguration(aac('2b8a')).codecString).toBe('mp4a.40.5');
    expect(parseAacConfiguration(aac('1180')).channelCount).toBeUndefined();
    const mp3 = esdsOf('6b 15 000000 00000000 00000000');
    expect(parseAacConfiguration(mp3)).toEqual({ codecString: 'mp4a.6b', channelCount: undefined });
  });

  it('refuse configurations that are cut short', () => {
    expect(() => avcCodecString('avc1', bytes('01 64'))).toThrow(MediaFormatError);
    expect(() => hevcCodecString('hvc1', bytes('01 01 6000'))).toThrow(MediaFormatError);
    expect(() => parseAacConfiguration(bytes('00000000 03808080'))).toThrow(MediaFormatError);
  });
});
