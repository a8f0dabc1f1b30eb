import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaFormatError } from '../../../../src/lib/errors.ts';
import { AsfReader } from '../../../../src/media/asf/asf-reader.ts';
import { parseSps } from '../../../../src/media/h264/h264-sps.ts';
import { h264Units } from '../../../../src/media/h264/h264-units.ts';
import { nalUnits } from '../../../../src/media/nal/nal-units.ts';
import { ffmpeg, ffmpegBuilds } from '../support.ts';

const build = ffmpegBuilds[0] ?? 'ffmpeg';

/** Access units in Annex B, parameter sets in front of each keyframe. */
function encode(size: string, options: readonly string[], frameCount = 25): Buffer[] {
  const source = ['-f', 'lavfi', '-i', `testsrc=size=${size}:rate=25:duration=1`];
  const codec = ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-g', '10', '-bf', '0', ...options];
  const limit = ['-frames:v', String(frameCount)];
  const asf = ffmpeg(build, [
    ...source,
    ...codec,
    ...limit,
    '-bsf:v',
    'dump_extra',
    '-f',
    'asf',
    'pipe:1',
  ]);
  return new AsfReader()
    .push(asf)
    .flatMap((event) => (event.type === 'object' ? [event.object.bytes] : []));
}

const accessUnits = encode('320x240', ['-profile:v', 'high']);
const keyframe = accessUnits[10] ?? Buffer.alloc(0);
const [sps, pps, picture] = [7, 8, 5].map((type) => unitsIn(keyframe, type)) as [
  Buffer[],
  Buffer[],
  Buffer[],
];

function unitsIn(accessUnit: Buffer, type: number): Buffer[] {
  return [...nalUnits(accessUnit)].filter((unit) => (unit.readUInt8(0) & 0x1f) === type);
}

function lengthPrefixed(units: readonly Buffer[]): Buffer {
  return Buffer.concat(
    units.flatMap((unit) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(unit.length);
      return [length, unit];
    }),
  );
}

function annexB(units: readonly Buffer[], startCode = '000001'): Buffer {
  return Buffer.concat(units.flatMap((unit) => [Buffer.from(startCode, 'hex'), unit]));
}

function word(length: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(length);
  return bytes;
}

function avcC(): Buffer {
  const [first] = sps;
  const [second] = pps;
  if (first === undefined || second === undefined) throw new Error('No parameter sets.');
  const head = Buffer.from([1, first.readUInt8(1), first.readUInt8(2), first.readUInt8(3), 0xff]);
  const count = [Buffer.from([0xe1]), Buffer.from([1])];
  return Buffer.concat(
    [head, count[0], word(first.length), first, count[1], word(second.length), second].filter(
      (piece) => piece !== undefined,
    ),
  );
}

describe('parseSps', () => {
  it.each([
    ['320x240', ['-profile:v', 'baseline'], { profile: 66, width: 320, height: 240 }],
    ['1920x1080', ['-profile:v', 'high'], { profile: 100, width: 1920, height: 1080 }],
    ['322x242', ['-profile:v', 'main'], { profile: 77, width: 322, height: 242 }],
    ['640x368', ['-profile:v', 'high', '-flags', '+ilme+ildct'], { width: 640, height: 368 }],
    ['176x144', ['-x264-params', 'cqm=jvt:profile=high'], { width: 176, height: 144 }],
    [
      '176x144',
      ['-x264-params', 'sar=255/128:colorprim=bt709:range=pc:overscan=show'],
      { width: 176, height: 144 },
    ],
  ])('reads %s %j', (size, options, expected) => {
    const [nal] = unitsIn(encode(size, options, 1)[0] ?? Buffer.alloc(0), 7);
    expect(parseSps(nal ?? Buffer.alloc(0))).toMatchObject({ ...expected, frameRate: 25 });
  });

  it.each([
    ['bt709', 1],
    ['smpte170m', 6],
    ['smpte2084', 16],
    ['arib-std-b67', 18],
    ['undef', undefined],
  ])('reads the transfer characteristics %s', (transfer, expected) => {
    const [unit] = encode('176x144', ['-x264-params', `transfer=${transfer}`], 1);
    const [nal] = unitsIn(unit ?? Buffer.alloc(0), 7);
    expect(parseSps(nal ?? Buffer.alloc(0)).colour?.transfer).toBe(expected);
  });

  it('reads the size of a set whose end is missing', () => {
    const cut = (sps[0] ?? Buffer.alloc(0)).subarray(0, 12);
    expect(parseSps(cut)).toMatchObject({ width: 320, height: 240, frameRate: undefined });
    expect(parseSps(cut).colour).toBeUndefined();
  });

  it('throws nothing but its own error', () => {
    const noise = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(noise, (bytes) => {
        try {
          const { width, height } = parseSps(Buffer.from([0x67, ...bytes]));
          expect(Math.min(width, height)).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(MediaFormatError);
        }
      }),
      { numRuns: 2000 },
    );
    expect(() => parseSps(pps[0] ?? Buffer.alloc(0))).toThrow(MediaFormatError);
    expect(() => parseSps(Buffer.alloc(0))).toThrow(MediaFormatError);
  });
});

describe('NAL units', () => {
  it('are the same in every framing', () => {
    const units = [...sps, ...pps, ...picture];
    for (const bytes of [annexB(units), annexB(units, '00000001'), lengthPrefixed(units)]) {
      expect([...nalUnits(bytes)]).toEqual(units);
    }
  });

  it('of 256 to 511 bytes behind a length are not taken for a start code', () => {
    for (const length of [256, 261, 300, 511]) {
      const unit = Buffer.alloc(length, 0x41);
      expect([...nalUnits(lengthPrefixed([unit, unit]))]).toEqual([unit, unit]);
    }
  });

  it('never throw on noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        for (const unit of nalUnits(Buffer.from(bytes))) expect(unit.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('parameter sets of codec private data', () => {
  it.each([
    ['Annex B', annexB([...pps, ...picture, ...sps])],
    ['avcC', avcC()],
  ])('are found in %s, the SPS first', (_name, extradata) => {
    expect(h264Units.extradataSets(extradata)).toEqual([...sps, ...pps]);
  });

  it('are none where there are none', () => {
    expect(h264Units.extradataSets(Buffer.alloc(0))).toEqual([]);
  });

  it('are refused in an avcC that is cut short', () => {
    expect(() => h264Units.extradataSets(avcC().subarray(0, 12))).toThrow(MediaFormatError);
  });
});
