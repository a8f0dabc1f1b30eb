import { FrameHub, FrameInput } from '../../media/frame-hub.ts';
import type { AudioTrack, Frame, FrameSink, FrameStream, Run } from '../../media/frame.ts';
import { aacTrack } from '../../media/aac/aac-track.ts';
import { isBrowserPlayable, unplayableReason } from '../../media/playable.ts';
import { AudioEncoder } from '../../transcode/audio-encoder.ts';
import type { TranscodeFailure, TranscodeTools } from '../../transcode/child-keeper.ts';
import { VideoEncoder } from '../../transcode/video-encoder.ts';
import { SilentAudio } from './silent-audio.ts';
import { SlowVideo } from './slow-video.ts';

export interface PlayableFormOptions {
  readonly native: FrameStream;
  readonly tools: TranscodeTools;
  /** The video of this session cannot be encoded. */
  readonly onFailure: (failure: TranscodeFailure) => void;
  /** Keyframe interval of encoded video, in milliseconds. */
  readonly keyframeMs: number;
  /** Channels of audio that playlists promise already: a camera without audio then gets silence. */
  readonly promisedChannels: () => 0 | 1 | 2;
  /** The camera's usual frame interval, in milliseconds; undefined before its second frame. */
  readonly paceMs: () => number | undefined;
}

/** Audio that comes before the first encoded frame of its run waits for it: 10 s of AAC at 48 kHz, 200 kB. */
const maxWaitingAudio = 480;

/**
 * The form that every browser plays: H.264 or HEVC as it came where a browser takes it, else encoded to H.264; AAC as
 * it came, else encoded from what there is. Media that keeps its codec does not pass through ffmpeg.
 */
export class PlayableForm implements FrameSink {
  readonly output = new FrameHub();
  readonly #options: PlayableFormOptions;
  readonly #slow: SlowVideo;
  readonly #video: VideoEncoder;
  readonly #audio: AudioEncoder;
  readonly #input: FrameInput;
  #run: Run | undefined;
  #isEncoded = false;
  /** The output's run has a frame of video. */
  #hasVideo = false;
  #silence: SilentAudio | undefined;
  #audioPath: 'none' | 'native' | 'encoder' | 'silence' = 'none';
  #waitingAudio: Frame[] = [];

  constructor(options: PlayableFormOptions) {
    this.#options = options;
    this.#input = new FrameInput(options.native, this);
    const { native, tools, keyframeMs, paceMs } = options;
    this.#slow = new SlowVideo({ native, nowMs: tools.nowMs, paceMs });
    const { onFailure } = options;
    this.#video = new VideoEncoder({ source: this.#slow.output, tools, keyframeMs, onFailure });
    this.#audio = new AudioEncoder({ tools, onFrame: (frame) => this.#pushAudio(frame) });
    this.#video.output.subscribe({
      runBegan: ({ video }) => {
        if (this.#run !== undefined) this.#begin({ ...this.#run, video });
      },
      frame: (frame) => this.#pushVideo(frame),
      runEnded: () => this.output.end(),
    });
  }

  /** Video of the current run is encoded by us, so we decide where its keyframes are. */
  get isEncoded(): boolean {
    return this.#isEncoded;
  }

  /** Why it is encoded, in a few words; undefined where it is not. */
  get encodingReason(): string | undefined {
    return this.#run && unplayableReason(this.#run.video);
  }

  /** Frames dropped because the encoder was too slow; only grows. */
  get droppedTotal(): number {
    return this.#video.droppedTotal;
  }

  get isTooSlow(): boolean {
    return this.#video.isTooSlow;
  }

  setWanted(isWanted: boolean): void {
    if (isWanted) this.#input.open();
    else {
      this.#input.close();
      this.runEnded();
    }
  }

  runBegan(run: Run): void {
    this.#run = run;
    this.#isEncoded = !isBrowserPlayable(run.video);
    this.#silence = undefined;
    this.#audioPath = this.#chooseAudio(run.audio);
    if (this.#audioPath === 'encoder' && run.audio !== undefined) this.#audio.start(run.audio);
    if (!this.#isEncoded) this.#begin(run);
    else {
      this.#slow.start();
      this.#video.start();
    }
  }

  frame(frame: Frame): void {
    if (frame.kind === 'audio') {
      if (this.#audioPath === 'native') this.#pushAudio(frame);
      else if (this.#audioPath === 'encoder') this.#audio.feed(frame);
    } else if (!this.#isEncoded) this.#pushVideo(frame);
  }

  runEnded(): void {
    this.#run = undefined;
    this.#isEncoded = false;
    this.#waitingAudio = [];
    this.#slow.stop();
    this.#video.stop();
    this.#audio.stop();
    this.output.end();
  }

  async dispose(): Promise<void> {
    this.setWanted(false);
    await Promise.all([this.#video.dispose(), this.#audio.dispose()]);
  }

  #chooseAudio(audio: AudioTrack | undefined): 'none' | 'native' | 'encoder' | 'silence' {
    if (audio === undefined) return this.#options.promisedChannels() > 0 ? 'silence' : 'none';
    return audio.codec === 'aac' ? 'native' : 'encoder';
  }

  #begin(run: Run): void {
    const audio = this.#outputAudio(run.audio);
    if (this.#audioPath === 'silence' && audio !== undefined)
      this.#silence = new SilentAudio(audio);
    this.#hasVideo = false;
    this.output.begin({ ...run, audio });
  }

  #outputAudio(audio: AudioTrack | undefined): AudioTrack | undefined {
    if (this.#audioPath === 'silence') {
      const channelCount = this.#options.promisedChannels() > 1 ? 2 : 1;
      return aacTrack({ sampleRate: 48_000, channelCount });
    }
    if (audio === undefined || this.#audioPath !== 'encoder') return audio;
    return AudioEncoder.outputTrack(audio);
  }

  #pushVideo(frame: Frame): void {
    for (const silent of this.#silence?.until(frame) ?? []) this.output.push(silent);
    this.output.push(frame);
    this.#hasVideo = true;
    if (this.#waitingAudio.length === 0) return;
    // Audio that arrived before the encoder's first output goes after the first keyframe: nothing begins with audio.
    const waiting = this.#waitingAudio;
    this.#waitingAudio = [];
    for (const audio of waiting) this.output.push(audio);
  }

  #pushAudio(frame: Frame): void {
    if (this.output.run !== undefined && this.#hasVideo) this.output.push(frame);
    else if (this.#waitingAudio.length < maxWaitingAudio) this.#waitingAudio.push(frame);
  }
}
