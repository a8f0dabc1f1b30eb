import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AccessUnitAssembler,
  readAccessUnit,
  type StreamObject,
} from '../../../src/media/nal/access-units.ts';
import { h264RecoveryFrameCount, h264Units } from '../../../src/media/h264/h264-units.ts';
import { hevcUnits } from '../../../src/media/hevc/hevc-units.ts';
import { mergeParameterSets, withParameterSets } from '../../../src/media/nal/parameter-sets.ts';
import { hasFfprobe, probePackets } from './support.ts';
import { accessUnitsOf, annexB, encodeStream, lengthPrefixed } from './video-programs.ts';

const lowDelay = ['-tune', 'zerolatency', '-bf', '0'];
const slices = ['-x264-params', 'slices=4:sliced-threads=0'];
const streams = {
  h264: encodeStream({ codec: 'h264', options: [...lowDelay, ...slices] }),
  hevc: encodeStream({
    codec: 'hevc',
    options: ['-x265-params', 'log-level=error:slices=2:bframes=0'],
  }),
};
const codecs = { h264: h264Units, hevc: hevcUnits };
const names = ['h264', 'hevc'] as const;
const delimiters = { h264: Buffer.from([9, 0xf0]), hevc: Buffer.from([0x46, 1, 0x50]) };
const filler = { h264: Buffer.from([12, 0xff, 0x80]), hevc: Buffer.from([0x4c, 1, 0xff, 0x80]) };

function object(bytes: Buffer, stamp = 0, hasKeyFlag = false): StreamObject {
  return { bytes, stamp, hasKeyFlag };
}

describe.each(names)('access units of %s', (name) => {
  const codec = codecs[name];
  const accessUnits = accessUnitsOf(streams[name], name);
  const [keyframe, second, third] = accessUnits;
  if (!keyframe || !second || !third) throw new Error('The stream is too short.');

  it.runIf(hasFfprobe)('are those that ffprobe finds', () => {
    const probed = probePackets(streams[name]);
    expect(accessUnits.map(({ isKeyframe }) => isKeyframe)).toEqual(
      probed.map(({ isKeyframe }) => isKeyframe),
    );
    expect(accessUnits).toHaveLength(25);
  });

  it('are the same in each framing, without delimiters and filler', () => {
    const row = [delimiters[name], ...keyframe.units, filler[name]];
    for (const bytes of [annexB(row), annexB(row, '000001'), lengthPrefixed(row)]) {
      expect({ ...readAccessUnit(codec, bytes), stamp: 0 }).toEqual(keyframe);
    }
    expect(keyframe.parameterSets).toHaveLength(codec.parameterKinds.length);
    expect(keyframe.isKeyframe).toBe(true);
    expect(second.units.length).toBeGreaterThan(1);
  });

  it('are none without a slice', () => {
    expect(readAccessUnit(codec, annexB(keyframe.parameterSets))).toBeUndefined();
    expect(readAccessUnit(codec, Buffer.alloc(0))).toBeUndefined();
  });

  it('take parameter sets that came as objects of their own', () => {
    const assembler = new AccessUnitAssembler(codec);
    const others = keyframe.units.filter((unit) => !keyframe.parameterSets.includes(unit));
    for (const set of keyframe.parameterSets) {
      expect(assembler.push(object(annexB([set]), 40))).toEqual([]);
    }
    const [whole] = assembler.push(object(annexB(others), 80));
    expect(whole).toEqual({
      ...keyframe,
      units: [...keyframe.parameterSets, ...others],
      stamp: 80,
    });
  });

  it('come apart where several are in one object', () => {
    const assembler = new AccessUnitAssembler(codec);
    const row = annexB([...keyframe.units, ...second.units, delimiters[name], ...third.units]);
    expect(assembler.push(object(row, 7))).toEqual(
      [keyframe, second, third].map((unit) => ({ ...unit, stamp: 7 })),
    );
  });

  it('are put together from slices in objects of their own, after one that is broken', () => {
    const assembler = new AccessUnitAssembler(codec);
    const found = accessUnits.flatMap(({ units }, index) =>
      units.flatMap((unit) => assembler.push(object(annexB([unit]), index))),
    );
    expect(found[0]?.units).toHaveLength(keyframe.units.length - second.units.length + 1);
    expect(found.slice(1)).toEqual(
      accessUnits.slice(1, -1).map((unit, index) => ({ ...unit, stamp: index + 1 })),
    );
  });

  it('hold no more than their bounds', () => {
    const assembler = new AccessUnitAssembler(codec);
    const [set = Buffer.alloc(0)] = keyframe.parameterSets;
    for (let count = 0; count < 1000; count += 1) assembler.push(object(annexB([set])));
    const [unit] = assembler.push(object(annexB(second.units)));
    expect(unit?.units.length).toBeLessThan(64 + second.units.length);
  });

  it('never throw on noise', () => {
    const objects = fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 8 });
    fc.assert(
      fc.property(objects, (noise) => {
        const assembler = new AccessUnitAssembler(codec);
        for (const bytes of noise) {
          const found = assembler.push(object(Buffer.concat([Buffer.from([0, 0, 1]), bytes])));
          for (const { units } of found) expect(units.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('get parameter sets before a keyframe that lacks them', () => {
    const track = { codec: name, parameterSets: keyframe.parameterSets };
    const others = keyframe.units.filter((unit) => !keyframe.parameterSets.includes(unit));
    const bare = { isKeyframe: true, data: others };
    expect(withParameterSets(bare, track).data).toEqual([...keyframe.parameterSets, ...others]);
    const partly = { isKeyframe: true, data: [...keyframe.parameterSets.slice(0, 1), ...others] };
    expect(withParameterSets(partly, track).data).toEqual([...keyframe.parameterSets, ...others]);
    for (const frame of [
      { isKeyframe: true, data: keyframe.units },
      { isKeyframe: false, data: second.units },
    ]) {
      expect(withParameterSets(frame, track)).toBe(frame);
    }
  });

  it('change the known parameter sets only by what is new', () => {
    const known = mergeParameterSets(codec, [], keyframe.parameterSets);
    expect(known).toEqual(keyframe.parameterSets);
    expect(mergeParameterSets(codec, known, keyframe.parameterSets)).toBe(known);
    expect(mergeParameterSets(codec, known, keyframe.parameterSets.slice(1))).toBe(known);
    const other = Buffer.concat([known.at(-1) ?? Buffer.alloc(0), Buffer.from([0x80])]);
    expect(mergeParameterSets(codec, known, [other, other])).toEqual([
      ...known.slice(0, -1),
      other,
    ]);
  });
});

describe('keyframes of H.264', () => {
  const p = Buffer.from('419a2468', 'hex');
  const i = Buffer.from('6188840021', 'hex');
  const sps = Buffer.from('6742c01e', 'hex');
  const recovery = Buffer.from('06060180' + '80', 'hex');

  it.each([
    ['an IDR slice', [Buffer.from('65888400', 'hex')], false, true],
    ['a P slice', [p], false, false],
    ['a P slice that the container flags', [p], true, false],
    ['a P slice behind an SPS, as encoders that repeat it write', [sps, p], false, false],
    ['an I slice', [i], false, false],
    ['an I slice that the container flags', [i], true, true],
    ['an I slice behind an SPS', [sps, i], false, true],
    ['an I and a P slice behind an SPS', [sps, i, p], false, false],
    ['a P slice behind a recovery point', [recovery, p], false, true],
    ['a recovery point alone', [recovery], false, false],
    ['a slice that is cut short', [sps, Buffer.from('61', 'hex')], false, false],
  ])('%s', (_name, units, flag, expected) => {
    expect(h264Units.isKeyframe(units, flag)).toBe(expected);
  });

  it('with intra refresh are the recovery points, with the frames that they take', () => {
    const stream = encodeStream({
      codec: 'h264',
      frameCount: 40,
      options: [...lowDelay, '-x264-params', 'intra-refresh=1:keyint=15'],
    });
    const units = accessUnitsOf(stream, 'h264');
    const points = units.flatMap((unit, index) => (unit.isKeyframe ? [index] : []));
    expect(points[0]).toBe(0);
    expect(points.length).toBeGreaterThan(1);
    const counts = points.map((index) => h264RecoveryFrameCount(units[index]?.units ?? []));
    expect(counts[1]).toBeGreaterThan(5);
    expect(units.filter(({ isKeyframe }) => !isKeyframe).length).toBeGreaterThan(20);
  });

  it('with an open GOP are those that ffprobe names', () => {
    const stream = encodeStream({
      codec: 'h264',
      frameCount: 50,
      options: ['-x264-params', 'open-gop=1:bframes=2:keyint=12:scenecut=0'],
    });
    const units = accessUnitsOf(stream, 'h264');
    expect(units).toHaveLength(50);
    expect(units.map(({ isKeyframe }) => isKeyframe)).toEqual(
      probePackets(stream).map(({ isKeyframe }) => isKeyframe),
    );
  });

  it('keeps two fields of a frame together', () => {
    const first = Buffer.from('6588840021', 'hex');
    const assembler = new AccessUnitAssembler(h264Units);
    assembler.hasFields = true;
    const row = annexB([first, first, first, first]);
    expect(assembler.push(object(row)).map(({ units }) => units.length)).toEqual([2, 2]);
  });
});
