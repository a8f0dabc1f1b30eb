import { describe, expect, it } from 'vitest';
import { OnAir } from '../../../../src/camera/forms/on-air.ts';
import { FrameHub } from '../../../../src/media/frame-hub.ts';
import type { Frame } from '../../../../src/media/frame.ts';
import { alawAt, alawTrack, frameAt, h264Track, Recorder, runOf } from '../../media/frames.ts';

const keyframe = (timeMs: number): Frame => frameAt(timeMs, true, []);
const delta = (timeMs: number): Frame => frameAt(timeMs, false, []);

class Rig {
  readonly camera = new FrameHub();
  readonly slate = new FrameHub();
  readonly told: string[] = [];
  readonly onAir: OnAir;
  readonly recorder: Recorder;

  constructor(slateChannels: 0 | 1 | 2 = 0) {
    this.onAir = new OnAir({
      camera: this.camera,
      slateChannels: () => slateChannels,
      onCameraFrame: ({ pts }, isFirst) => this.told.push(`${isFirst ? 'first ' : ''}${pts / 90}`),
    });
    this.recorder = new Recorder(this.onAir.output);
  }
}

describe('on air', () => {
  it('the camera comes with its first keyframe, in its own run', () => {
    const { camera, onAir, recorder, told } = new Rig();
    const run = runOf(h264Track, alawTrack);
    camera.begin(run);
    camera.push(alawAt(0));
    camera.push(delta(0));
    expect(onAir.shown).toBe('nobody');
    camera.push(keyframe(40));
    camera.push(alawAt(60));
    camera.push(delta(80));
    expect(onAir.shown).toBe('camera');
    expect(recorder.events).toEqual(['run', 'V40', 'a60', 'v80']);
    expect(recorder.runs[0]).toBe(run);
    expect(told).toEqual(['first 40', '80']);
    camera.end();
    expect(onAir.shown).toBe('nobody');
    expect(recorder.events.at(-1)).toBe('end');
  });

  it('each run of the camera is one of its own', () => {
    const { camera, recorder, told } = new Rig();
    for (let run = 0; run < 2; run += 1) {
      camera.begin(runOf(h264Track));
      camera.push(keyframe(0));
      camera.push(delta(40));
    }
    expect(recorder.events).toEqual(['run', 'V0', 'v40', 'end', 'run', 'V0', 'v40']);
    expect(told).toEqual(['first 0', '40', 'first 0', '40']);
  });

  it('the slate takes over when it begins, and the camera comes back with a keyframe', () => {
    const { camera, slate, onAir, recorder, told } = new Rig();
    camera.begin(runOf(h264Track));
    camera.push(keyframe(0));
    const hide = onAir.showSlate(slate);
    camera.push(delta(40));
    expect(onAir.shown).toBe('camera');
    slate.begin(runOf(h264Track));
    expect(onAir.shown).toBe('slate');
    slate.push(keyframe(0));
    camera.push(delta(80));
    slate.push(delta(200));
    expect(recorder.events).toEqual(['run', 'V0', 'v40', 'end', 'run', 'V0', 'v200']);
    camera.push(keyframe(120));
    expect(onAir.shown).toBe('camera');
    slate.push(delta(400));
    camera.push(delta(160));
    hide();
    expect(recorder.events.slice(7)).toEqual(['end', 'run', 'V120', 'v160']);
    expect(told).toEqual(['first 0', '40', 'first 120', '160']);
  });

  it('stays with the slate when the camera ends or begins behind it', () => {
    const { camera, slate, onAir, recorder } = new Rig();
    onAir.showSlate(slate);
    slate.begin(runOf(h264Track));
    slate.push(keyframe(0));
    camera.begin(runOf(h264Track));
    camera.push(delta(0));
    camera.end();
    slate.push(keyframe(200));
    expect(onAir.shown).toBe('slate');
    expect(recorder.events).toEqual(['run', 'V0', 'V200']);
  });

  it('the slate goes when it ends or is taken away, once', () => {
    const { slate, onAir, recorder } = new Rig();
    const hide = onAir.showSlate(slate);
    slate.begin(runOf(h264Track));
    slate.push(keyframe(0));
    slate.end();
    expect(onAir.shown).toBe('nobody');
    hide();
    slate.begin(runOf(h264Track));
    expect(recorder.events).toEqual(['run', 'V0', 'end']);
  });

  it.each([1, 2] as const)(
    'the slate has %i channels of silence where that is promised',
    (count) => {
      const { slate, onAir, recorder } = new Rig(count);
      onAir.showSlate(slate);
      slate.begin(runOf(h264Track));
      slate.push(keyframe(0));
      slate.push(delta(200));
      expect(recorder.runs[0]?.audio).toMatchObject({ codec: 'aac', channelCount: count });
      expect(recorder.audio.length).toBe(Math.floor(200 / (1024 / 48)) + 1);
    },
  );
});
