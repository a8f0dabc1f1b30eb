import { describe, expect, it } from 'vitest';
import type { AsfMediaObject, AsfVideoStream } from '../../../../../src/media/asf/asf.ts';
import { AsfReader } from '../../../../../src/media/asf/asf-reader.ts';
import { avcConfiguration } from '../../../../../src/media/h264/avc-configuration.ts';
import { nalUnits } from '../../../../../src/media/nal/nal-units.ts';
import type { SourceEvent } from '../../../../../src/sources/source.ts';
import { frameHashes } from '../../../media/media-programs.ts';
import { ffmpeg } from '../../../media/support.ts';
import { annexB, lengthPrefixed } from '../../../media/video-programs.ts';
import {
  framesIn,
  matroskaOf,
  object,
  picture,
  take,
  toPipe,
  tracksIn,
  videos,
} from './asf-media.ts';

describe('H.264 in ASF, as cameras cut it', () => {
  const asf = ffmpeg('ffmpeg', [...picture('322x242'), ...videos.h264, ...toPipe]);
  const reference = frameHashes('ffmpeg', asf, 'v:0');
  const originals = new AsfReader()
    .push(asf)
    .flatMap((event) => (event.type === 'object' ? [event.object] : []));
  const isSet = (unit: Buffer): boolean => [7, 8].includes(unit.readUInt8(0) & 0x1f);
  const unitsOf = ({ bytes }: AsfMediaObject): Buffer[] => [...nalUnits(bytes)];
  const [first] = originals;
  if (first?.stream.kind !== 'video') throw new Error('No video.');
  const sets = unitsOf(first).filter(isSet);
  const bareStream: AsfVideoStream = { ...first.stream, extradata: Buffer.alloc(0) };

  function decoded(events: readonly SourceEvent[]): string[] {
    const video = tracksIn(events).at(-1)?.video;
    if (!video) throw new Error('No video track.');
    return frameHashes('ffmpeg', matroskaOf(video, framesIn(events, 'video')), 'v:0');
  }

  it('joins parameter sets that are objects of their own with the next frame', () => {
    const objects = originals.flatMap((each) => {
      const units = unitsOf(each);
      const own = units
        .filter(isSet)
        .map((unit) => object(bareStream, annexB([unit]), each.timeMs));
      const rest = units.filter((unit) => !isSet(unit));
      return [...own, object(bareStream, annexB(rest), each.timeMs)];
    });
    const events = take([bareStream], objects);
    expect(decoded(events)).toEqual(reference);
    expect(framesIn(events, 'video').filter(({ isKeyframe }) => isKeyframe)).toHaveLength(3);
    expect(tracksIn(events)).toHaveLength(2);
  });

  it.each([
    ['avcC', avcConfiguration(sets), lengthPrefixed],
    ['Annex B', annexB(sets), annexB],
  ])('takes parameter sets out of extradata: %s', (_name, extradata, framed) => {
    const stream = { ...bareStream, extradata, width: 640, height: 386 };
    const objects = originals.map((each) => {
      const rest = unitsOf(each).filter((unit) => !isSet(unit));
      return object(stream, framed(rest), each.timeMs);
    });
    const events = take([stream], objects);
    expect(tracksIn(events)).toHaveLength(1);
    expect(tracksIn(events)[0]?.video).toMatchObject({
      ...{ width: 322, height: 242, parameterSets: sets, fourcc: 'H264' },
      extradata: Buffer.alloc(0),
    });
    expect(decoded(events)).toEqual(reference);
  });

  it('takes several access units of one object apart', () => {
    const objects: AsfMediaObject[] = [];
    for (let at = 0; at < originals.length; at += 3) {
      const group = originals.slice(at, at + 3);
      objects.push(object(bareStream, annexB(group.flatMap(unitsOf)), at * 100));
    }
    const frames = framesIn(take([bareStream], objects), 'video');
    expect(frames).toHaveLength(30);
    expect(frames.map(({ stamp }) => stamp)).toEqual(
      frames.map((_, at) => 300 * Math.floor(at / 3)),
    );
    const units = frames.flatMap(({ data }) => data);
    expect(units).toEqual(originals.flatMap(unitsOf).filter((unit) => unit[0] !== 9));
  });

  it('goes by the bitstream where flags are missing, or on every frame', () => {
    for (const hasKeyFlag of [false, true]) {
      const objects = originals.map((each) =>
        object(bareStream, each.bytes, each.timeMs, hasKeyFlag),
      );
      const keyframes = framesIn(take([bareStream], objects), 'video').flatMap((frame, index) =>
        frame.isKeyframe ? [index] : [],
      );
      expect(keyframes).toEqual([0, 10, 20]);
    }
  });

  it('tells another size before the first frame that has it, and nothing while it stays', () => {
    const other = ffmpeg('ffmpeg', [...picture('160x120'), ...videos.h264, ...toPipe]);
    const later = new AsfReader()
      .push(other)
      .flatMap((event) => (event.type === 'object' ? [event.object] : []));
    const events = take(
      [bareStream],
      [...originals, ...later].map(({ bytes, timeMs }) => object(bareStream, bytes, timeMs)),
    );
    expect(
      events.flatMap((event, index) =>
        event.type === 'tracks' ? [[index, event.tracks.video?.width]] : [],
      ),
    ).toEqual([
      [0, 322],
      [1, 322],
      [32, 160],
    ]);
  });

  it('passes over broken extradata and parameter sets that nobody can read', () => {
    const stream = { ...bareStream, extradata: Buffer.from([1, 100]) };
    const broken = annexB([
      Buffer.from([0x67]),
      Buffer.from([0x68]),
      Buffer.from('6588840021', 'hex'),
    ]);
    const events = take([stream], [object(stream, broken)]);
    expect(tracksIn(events).at(-1)?.video).toMatchObject({ width: 322, height: 242 });
    expect(framesIn(events, 'video')).toHaveLength(1);
  });
});
