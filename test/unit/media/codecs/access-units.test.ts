import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AccessUnitAssembler,
  readAccessUnit,
  type StreamObject,
} from '../../../../src/media/nal/access-units.ts';
import { h264Units } from '../../../../src/media/h264/h264-units.ts';
import { hevcUnits } from '../../../../src/media/hevc/hevc-units.ts';
import { mergeParameterSets, withParameterSets } from '../../../../src/media/nal/parameter-sets.ts';
import { hasFfprobe, probePackets } from '../support.ts';
import { accessUnitsOf, annexB, encodeStream, lengthPrefixed } from '../video-programs.ts';

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
    const counts = points.map((index) => units[index]?.recoveryFrames ?? NaN);
    expect(counts[0]).toBe(0);
    for (const count of counts.slice(1)) expect(count).toBeGreaterThan(5);
    expect(units.filter(({ isKeyframe }) => !isKeyframe).length).toBeGreaterThan(20);
  });

  it('are no recovery points that take longer than any picture has columns', () => {
    // recovery_frame_cnt 1023 and 65534, exact_match_flag, and the trailing bits.
    const points = ['060604' + '00200160' + '80', '060606' + '00007fff80c0' + '80'];
    const isKeyframe = points.map((point) =>
      h264Units.isKeyframe([Buffer.from(point, 'hex'), p], false),
    );
    expect(isKeyframe).toEqual([true, false]);
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
    expect(units.filter(({ recoveryFrames }) => recoveryFrames > 0)).toEqual([]);
  });

  it('refer to others, or are referred to, as nal_ref_idc says', () => {
    const b = Buffer.from('019e2468', 'hex');
    expect(h264Units.isReference([sps, p])).toBe(true);
    expect(h264Units.isReference([sps, b])).toBe(false);
    expect(
      [
        [sps, p],
        [sps, i],
        [sps, b],
      ].map((units) => h264Units.isBidirectional(units)),
    ).toEqual([...[false, false, true]]);
  });

  it('keeps two fields of a frame together', () => {
    const first = Buffer.from('6588840021', 'hex');
    const assembler = new AccessUnitAssembler(h264Units);
    assembler.hasFields = true;
    const row = annexB([first, first, first, first]);
    expect(assembler.push(object(row)).map(({ units }) => units.length)).toEqual([2, 2]);
  });
});

describe('keyframes of HEVC', () => {
  const trail = Buffer.from('0201d0', 'hex');
  const trailN = Buffer.from('0001d0', 'hex');
  const idr = Buffer.from('2601a0', 'hex');
  /** A prefix SEI unit with recovery_poc_cnt as a signed code (9.2), exact_match_flag and broken_link_flag. */
  const point = (bits: string): Buffer => {
    const payload = Number.parseInt(`${bits}10`.padEnd(16, '0'), 2);
    const bytes = payload.toString(16).padStart(4, '0');
    return Buffer.from(`4e010602${bytes}80`, 'hex');
  };

  it.each([
    ['an IDR picture', [idr], true, 0],
    ['a trailing picture', [trail], false, 0],
    ['a recovery point that is whole', [point('1'), trail], true, 0],
    ['a recovery point that takes 3 pictures', [point('00110'), trail], true, 3],
    ['a recovery point that was whole 3 pictures ago', [point('00111'), trail], true, 0],
    ['an IDR picture with a recovery point', [point('00110'), idr], true, 0],
  ])('%s', (_name, units, isKeyframe, recoveryFrames) => {
    const unit = readAccessUnit(hevcUnits, annexB(units));
    expect(unit).toMatchObject({ isKeyframe, recoveryFrames });
  });

  it('refer to others, or are referred to, as the type says', () => {
    expect([[trail], [idr], [trailN]].map((units) => hevcUnits.isReference(units))).toEqual([
      ...[true, true, false],
    ]);
  });
});
