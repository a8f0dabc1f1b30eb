import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PlayableForm } from '../../../../src/camera/forms/playable-form.ts';
import { aacTrack } from '../../../../src/media/aac/aac-track.ts';
import { FrameHub } from '../../../../src/media/frame-hub.ts';
import { alawAt, alawTrack, frameAt, h264Track, Recorder, runOf } from '../../media/frames.ts';
import { mpeg4Stream } from '../../media/mpeg4-stream.ts';
import { bundledFfmpeg, TestTools } from '../../transcode/stand-in.ts';
import { idrSlice, pps, slice, spsOf } from '../timing/sps.ts';

const binary = await bundledFfmpeg();
const native = { ...h264Track, parameterSets: [spsOf(), pps] };
const keyframe = (timeMs: number) => frameAt(timeMs, true, [idrSlice]);
const delta = (timeMs: number) => frameAt(timeMs, false, [slice]);

let hub: FrameHub;
let tools: TestTools;
let form: PlayableForm;
let recorder: Recorder;
let promisedChannels: 0 | 1 | 2;

beforeEach(() => {
  hub = new FrameHub();
  tools = new TestTools(binary);
  promisedChannels = 0;
  form = new PlayableForm({
    ...{ native: hub, tools, keyframeMs: 1_000 },
    promisedChannels: () => promisedChannels,
    paceMs: () => 40,
    onFailure: () => undefined,
  });
  recorder = new Recorder(form.output);
  form.setWanted(true);
});
afterEach(() => form.dispose());

const children = (): string[] => tools.tally.children.map(({ purpose }) => purpose);

describe('what every browser plays', () => {
  it('goes through as it is: the same frames of video and of AAC, without a child', () => {
    const run = runOf(native, aacTrack({ sampleRate: 16_000, channelCount: 1 }));
    hub.begin(run);
    const audio = { ...alawAt(0), pts: 0, dts: 0 };
    for (const frame of [keyframe(0), audio, delta(40)]) hub.push(frame);
    expect(recorder.events).toEqual(['run', 'V0', 'a0', 'v40']);
    expect(recorder.frames[1]).toBe(audio);
    expect(recorder.runs).toEqual([run]);
    expect(children()).toEqual([]);
  });

  it('has a child for its audio alone where that is no AAC, and video waits for none of it', async () => {
    hub.begin(runOf(native, alawTrack));
    hub.push(keyframe(0));
    hub.push(delta(40));
    expect(recorder.events).toEqual(['run', 'V0', 'v40']);
    expect(recorder.runs[0]?.audio).toMatchObject({ codec: 'aac', sampleRate: 48_000 });
    for (let timeMs = 0; timeMs < 1_000; timeMs += 40) hub.push(alawAt(timeMs));
    await vi.waitFor(() => expect(recorder.audio.length).toBeGreaterThan(40));
    expect(recorder.audio[0]?.pts).toBe(0);
    expect(children()).toEqual(['aac']);
  });

  it('has silence where playlists promise audio and the camera has none', () => {
    promisedChannels = 2;
    hub.begin(runOf(native));
    hub.push(keyframe(0));
    hub.push(delta(40));
    expect(recorder.runs[0]?.audio).toMatchObject({ codec: 'aac', channelCount: 2 });
    expect(recorder.events.slice(0, 4)).toEqual(['run', 'a0', 'V0', 'a21']);
  });
});

describe('what browsers do not play', () => {
  const { track, frames } = mpeg4Stream({ frameCount: 50, gopFrames: 25 });

  it('is encoded, with all of the audio that came before the encoder was there', async () => {
    hub.begin(runOf(track, alawTrack));
    for (const frame of frames) {
      hub.push(frame);
      hub.push(alawAt(frame.pts / 90));
    }
    await vi.waitFor(() => expect(recorder.video.length).toBe(frames.length));
    await vi.waitFor(() => expect(recorder.audio.length).toBeGreaterThan(85));
    expect(recorder.runs).toMatchObject([{ video: { codec: 'h264' }, audio: { codec: 'aac' } }]);
    expect(recorder.audio.map(({ pts }) => pts)).toEqual(
      recorder.audio.map((_frame, index) => index * 1024),
    );
    expect(form).toMatchObject({
      isEncoded: true,
      encodingReason: 'MPEG-4 part 2',
      droppedTotal: 0,
    });
  });

  it('begins anew when its child dies, and the audio goes on', async () => {
    hub.begin(runOf(track));
    for (const frame of frames) hub.push(frame);
    await vi.waitFor(() => expect(recorder.video.length).toBe(frames.length));
    tools.kill();
    await vi.waitFor(() => expect(recorder.runs).toHaveLength(2));
    await vi.waitFor(() => expect(recorder.video.length).toBe(frames.length + 25));
    expect(recorder.events.filter((event) => /^(run|end)$/.test(event))).toEqual([
      ...['run', 'end', 'run'],
    ]);
    expect(recorder.timesMs.slice(frames.length)[0]).toBe(1_000);
  });
});

describe('a form that nobody wants', () => {
  it('has neither run nor child', async () => {
    hub.begin(runOf(native, alawTrack));
    hub.push(keyframe(0));
    expect(children()).toEqual(['aac']);
    form.setWanted(false);
    hub.push(delta(40));
    expect(recorder.events).toEqual(['run', 'V0', 'end']);
    await vi.waitFor(() => expect(children()).toEqual([]));
    form.setWanted(true);
    expect(recorder.events).toEqual(['run', 'V0', 'end', 'run', 'V0', 'v40']);
  });
});
