import { describe, expect, it } from 'vitest';
import type { Frame, VideoTrack } from '../../../../src/media/frame.ts';
import { RecoveryPoints, WholePictures } from '../../../../src/media/nal/intra-refresh.ts';
import { idrSlice, slice } from '../../camera/timing/sps.ts';
import { frameAt, h264Track } from '../frames.ts';

/** A B slice, whose header byte says whether others refer to it: first_mb_in_slice 0, slice_type 6. */
const bSlice = Buffer.from([0x01, 0x9e, 0x02]);
const bReference = Buffer.from([0x21, 0x9e, 0x02]);
const slices: Readonly<Record<string, Buffer>> = { I: idrSlice, b: bSlice, B: bReference };

/**
 * `wholeAfter` of each frame of a stream; `-` where there is none. `I`: IDR picture, `P`: P-frame, `B` and `b`:
 * B-frames that others refer to and that none does, a digit: recovery point that takes so many reference frames.
 */
function marks(stream: string): string {
  const points = new RecoveryPoints('h264');
  return stream
    .split('')
    .map((word) => {
      const isPoint = /\d/.test(word);
      const data = [slices[word] ?? slice];
      const frame = frameAt(0, isPoint || word === 'I', data);
      return points.push({ ...frame, recoveryFrames: isPoint ? Number(word) : 0 }) ?? '-';
    })
    .join('');
}

describe('recovery points', () => {
  it.each([
    ['a picture is whole so many frames behind its recovery point', '3PPPPP', '---3--'],
    ['frames before a recovery point say nothing', 'PPP2PPP', '-----2-'],
    ['frames that nothing refers to do not count, but take their place', '2bPbPb', '----4-'],
    ['B-frames that others refer to count, but are shown too early', '2BBbP3BPBbP', '----4-----5'],
    ['each point has its picture', '2PP2PP', '--2--2'],
    ['one refresh may run into the next', '4PP4PPPP', '----4--4'],
    ['of two points that are reached at once the newer one counts', '3P1PP', '---1-'],
    ['an IDR picture is whole, and ends what was under way', '3PIPPP', '--0---'],
  ])('%s', (_name, stream, expected) => {
    expect(marks(stream)).toBe(expected);
  });

  it('are few at a time, however many come', () => {
    expect(marks('9'.repeat(30))).toBe(`${'-'.repeat(9)}${'99999999-'.repeat(2)}999`);
  });
});

const refreshed: VideoTrack = { ...h264Track, hasIntraRefresh: true };
const plain = frameAt(0, false, []);
const whole = (wholeAfter: number): Frame => ({ ...plain, wholeAfter });

function shown(track: VideoTrack, frames: readonly Frame[], pictures = new WholePictures()) {
  pictures.begin(track);
  return frames.map((frame) => pictures.feed(frame));
}

describe('whole pictures', () => {
  it('are all where each keyframe is one', () => {
    expect(shown(h264Track, [plain, plain])).toEqual([true, true]);
  });

  it('begin with intra refresh where the decoder was fed all that is needed', () => {
    const frames = [plain, plain, whole(3), plain, whole(4), plain];
    expect(shown(refreshed, frames)).toEqual([false, false, false, false, true, true]);
    expect(shown(refreshed, [whole(0), plain])).toEqual([true, true]);
  });

  it('begin anew behind frames that were left out', () => {
    const pictures = new WholePictures();
    expect(shown(refreshed, [whole(0)], pictures)).toEqual([true]);
    expect(shown(refreshed, [plain, whole(1)], pictures)).toEqual([false, true]);
  });
});
