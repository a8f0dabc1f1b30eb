import { describe, expect, it } from 'vitest';
import {
  audioBlock,
  inOrder,
  jittered,
  jpegTrack,
  newNormaliser,
  noise,
  pcmTrack,
  play,
  Session,
  steady,
  steadyAudio,
  steps,
  tracksOf,
  videoFrame,
} from './support.ts';

const minutes = 10;
const cases = [
  [40, 48],
  [40, 32],
  [40, 44],
  [67, 80],
  [40, 40.4],
  [40, 39.6],
  [40, 40.04],
  [40, 39.96],
  [40, 39.998],
] as const;

describe('stamps that drift', () => {
  it.each(cases)(
    'of %d ms, frames each %d ms: the slope follows, nothing steps',
    (stampMs, intervalMs) => {
      const frames = steady((minutes * 60_000) / intervalMs, intervalMs, stampMs);
      const { runs, video, normaliser } = play(jittered(frames, 30));
      expect(runs).toHaveLength(1);
      expect(video).toHaveLength(frames.length);
      const errors = video.map(({ wallErrorMs }) => Math.abs(wallErrorMs));
      expect(Math.max(...errors)).toBeLessThan(600);
      expect(Math.max(...errors.slice(-3_000))).toBeLessThan(200);
      const all = steps(video);
      expect(Math.min(...all)).toBeGreaterThan(0.9 * Math.min(stampMs, intervalMs));
      expect(Math.max(...all)).toBeLessThan(1.1 * Math.max(stampMs, intervalMs));
      // 15 ms of mean distance an hour apart is what a beginner would see; here 0.1 % at most.
      const late = steps(video.slice(-3_000));
      expect(Math.max(...late) - Math.min(...late)).toBeLessThan(0.002 * intervalMs + 0.02);
      expect(normaliser.facts.clockRatio).toBeCloseTo(stampMs / intervalMs, 3);
    },
  );

  it.each(cases)(
    'of %d ms, frames each %d ms, beside true audio: in step',
    (stampMs, intervalMs) => {
      const frames = steady((minutes * 60_000) / intervalMs, intervalMs, stampMs);
      const inputs = inOrder(frames, steadyAudio(minutes * 1_500));
      const { runs, video, audio, normaliser } = play(inputs, tracksOf(jpegTrack, pcmTrack));
      expect(runs.length).toBeLessThanOrEqual(2);
      const settled = video.filter(({ run }) => run === runs.length - 1).slice(500);
      const blocks = audio.filter(({ run }) => run === runs.length - 1).slice(500);
      // Frames that come at the same time as a block ends.
      const videoErrors = settled.map(({ wallErrorMs }) => wallErrorMs);
      const audioErrors = blocks.map(({ wallErrorMs }) => wallErrorMs + 40);
      expect(Math.max(...videoErrors) - Math.min(...audioErrors)).toBeLessThan(40);
      expect(Math.max(...audioErrors) - Math.min(...videoErrors)).toBeLessThan(40);
      expect(steps(blocks).every((ms) => ms === 40)).toBe(true);
      expect(normaliser.facts.needsAudioEncoding).toBe(false);
    },
  );

  it.each([
    [40, 48],
    [200, 160],
    [200, 202],
    [200, 199.98],
  ])(
    'of %d ms, frames each %d ms: stays within 1 s of the wall clock for 24 h',
    (stampMs, intervalMs) => {
      const session = new Session();
      const random = noise();
      let worst = 0;
      const count = 86_400_000 / intervalMs;
      for (let index = 0; index < count; index += 1) {
        session.push(videoFrame(index * stampMs), index * intervalMs + random() * 40);
        for (const { wallErrorMs } of session.video) worst = Math.max(worst, Math.abs(wallErrorMs));
        session.video.length = 0;
      }
      expect(session.runs).toHaveLength(1);
      expect(worst).toBeLessThan(700);
    },
    // Millions of frames: 10 s of a processor that has nothing else to do.
    300_000,
  );

  it.each([
    [40, 48],
    [40, 32],
    [67, 80],
  ])('of %d ms, frames each %d ms: the next session begins with it', (stampMs, intervalMs) => {
    const normaliser = newNormaliser();
    const frames = steady(60_000 / intervalMs, intervalMs, stampMs);
    play(jittered(frames, 20), tracksOf(jpegTrack), normaliser);
    const { runs, video } = play(jittered(frames, 20), tracksOf(jpegTrack), normaliser);
    expect(runs).toHaveLength(1);
    for (const ms of steps(video)) expect(Math.abs(ms / intervalMs - 1)).toBeLessThan(0.02);
    for (const { wallErrorMs } of video) expect(Math.abs(wallErrorMs)).toBeLessThan(100);
    // A session that is too short to tell takes nothing away.
    play(frames.slice(0, 20), tracksOf(jpegTrack), normaliser);
    const third = play(frames, tracksOf(jpegTrack), normaliser);
    for (const ms of steps(third.video)) expect(Math.abs(ms / intervalMs - 1)).toBeLessThan(0.02);
    // A clock that was mended is followed, and the session after that begins with good stamps as they are.
    const mended = steady(2_000, 40);
    play(mended, tracksOf(jpegTrack), normaliser);
    const good = play(mended, tracksOf(jpegTrack), normaliser);
    for (const ms of steps(good.video)) expect(ms).toBeCloseTo(40, 6);
  });

  it('of good stamps on a network that grows slow are none for the next session', () => {
    const normaliser = newNormaliser();
    const frames = steady(1_500, 40);
    const slower = frames.map(({ frame, at }) => ({
      frame,
      at: at + Math.max(0, at - 50_000) / 5,
    }));
    play(slower, tracksOf(jpegTrack), normaliser);
    for (const ms of steps(play(frames, tracksOf(jpegTrack), normaliser).video))
      expect(ms).toBeCloseTo(40, 6);
  });

  it('that change in the middle are followed', () => {
    const frames = steady(15_000, 40).map(({ frame, at }, index) => ({
      frame,
      at: index < 5_000 ? at : 200_000 + (index - 5_000) * 46,
    }));
    const { runs, video } = play(jittered(frames, 30));
    expect(runs).toHaveLength(1);
    const errors = video.map(({ wallErrorMs }) => Math.abs(wallErrorMs));
    expect(Math.max(...errors)).toBeLessThan(600);
    expect(Math.max(...errors.slice(-3_000))).toBeLessThan(150);
  });

  it('of audio against all else: a new run a minute at most, and encoding is asked for', () => {
    for (const rate of [1.02, 0.98]) {
      const inputs = inOrder(steady(15_000, 40), steadyAudio(15_000 * rate, rate));
      const { runs, audio, video, normaliser } = play(inputs, tracksOf(jpegTrack, pcmTrack));
      expect(runs.length).toBeGreaterThan(5);
      expect(runs.length).toBeLessThanOrEqual(11);
      for (let run = 0; run < runs.length; run += 1) {
        expect(steps(audio.filter((block) => block.run === run)).every((ms) => ms === 40)).toBe(
          true,
        );
      }
      expect(video).toHaveLength(15_000);
      expect(normaliser.facts.needsAudioEncoding).toBe(true);
    }
  });

  it('of audio that is encoded: it is stretched, and the run goes on', () => {
    for (const rate of [1.01, 0.99]) {
      const normaliser = newNormaliser();
      normaliser.isAudioEncoded = true;
      const inputs = inOrder(steady(15_000, 40), steadyAudio(15_000 * rate, rate));
      const { runs, audio, video } = play(inputs, tracksOf(jpegTrack, pcmTrack), normaliser);
      expect(runs).toHaveLength(1);
      const errors = [
        ...audio.map(({ wallErrorMs }) => wallErrorMs + 40),
        ...video.map((v) => v.wallErrorMs),
      ];
      expect(Math.max(...errors.map(Math.abs))).toBeLessThan(50);
    }
  });

  it('of both tracks together, as a quartz does: nothing is touched for an hour', () => {
    const real = 40 * 1.0001;
    const audio = steadyAudio(90_000).map(({ frame, at }) => ({ frame, at: at * 1.0001 }));
    const inputs = inOrder(steady(90_000, real, 40), audio);
    const { runs, video, audio: blocks } = play(inputs, tracksOf(jpegTrack, pcmTrack));
    expect(runs).toHaveLength(1);
    expect(steps(video).every((ms) => Math.abs(ms - 40) < 1e-6)).toBe(true);
    expect(steps(blocks).every((ms) => ms === 40)).toBe(true);
  });

  it('of both tracks for 24 h: in step and near the wall clock, with a new run in more than an hour', () => {
    const session = new Session(tracksOf(jpegTrack, pcmTrack));
    const [drift, random] = [1.0001, noise(5)];
    let [worstWall, worstStep, audioError] = [0, 0, 0];
    for (let stamp = 0; stamp < 86_400_000; stamp += 400) {
      const at = stamp * drift;
      session.push(audioBlock(stamp - 400, 3_200), at + random() * 30);
      session.push(videoFrame(stamp), at + 30 + random() * 10);
      session.push(videoFrame(stamp + 200), at + 200 * drift + random() * 30);
      const [block, frame] = [session.audio.pop(), session.video.pop()];
      audioError = block === undefined ? audioError : block.wallErrorMs + 400;
      if (frame !== undefined && block !== undefined) {
        worstWall = Math.max(worstWall, Math.abs(frame.wallErrorMs), Math.abs(audioError));
        const stepMs = frame.run === block.run ? Math.abs(frame.wallErrorMs - audioError) : 0;
        worstStep = Math.max(worstStep, stepMs);
      }
      session.video.length = 0;
      session.audio.length = 0;
    }
    expect(worstWall).toBeLessThan(700);
    // Both were held up by up to 30 ms on their way.
    expect(worstStep).toBeLessThan(40 + 30);
    expect(session.runs.length).toBeLessThan(24);
    expect(session.runs.length).toBeGreaterThan(10);
  }, 60_000);
});
