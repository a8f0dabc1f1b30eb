import { MediaFormatError } from '../../../lib/errors.ts';
import { aacConfiguration, parseAacFormat } from '../../../media/aac/aac-configuration.ts';
import { adtsFramesIn } from '../../../media/aac/adts-reader.ts';
import type { AudioCodec, AudioTrack } from '../../../media/frame.ts';
import type { AsfAudioStream, AsfMediaObject } from '../../../media/asf/asf.ts';
import { sampleCountOf, type WaveFormat } from '../../../media/asf/wave-format.ts';
import type { SourceFrame } from '../../source.ts';

/** Media objects of one audio stream as frames. */
export interface AudioObjects {
  /** As known after the last take(); another object when something in it has changed. */
  readonly track: AudioTrack;
  take(object: AsfMediaObject): SourceFrame[];
}

export function audioObjects(stream: AsfAudioStream): AudioObjects {
  if (stream.codec !== 'aac') return new BlockObjects(stream, stream.codec);
  const configuration = configurationOf(stream.format);
  // Nobody can decode AAC without knowing its rate: it is declared as what it is in the container.
  if (configuration === undefined) return new BlockObjects(stream, 'unknown');
  return new AacObjects(configuration, stream.channelCount);
}

/** Objects that hold whole blocks, or samples. */
class BlockObjects implements AudioObjects {
  readonly track: AudioTrack;
  readonly #codec: Exclude<AudioCodec, 'aac'>;
  readonly #format: WaveFormat;

  constructor(stream: AsfAudioStream, codec: Exclude<AudioCodec, 'aac'>) {
    const { format, sampleRate, channelCount } = stream;
    const isDescribed = codec === 'adpcm_ima_wav' || codec === 'unknown';
    const configuration = isDescribed ? format.bytes : Buffer.alloc(0);
    const times = { timescale: sampleRate, sampleRate, channelCount };
    this.track = { kind: 'audio', codec, ...times, configuration };
    this.#codec = codec;
    this.#format = format;
  }

  take({ bytes, timeMs }: AsfMediaObject): SourceFrame[] {
    const duration = sampleCountOf(this.#codec, this.#format, bytes.length);
    return [{ kind: 'audio', stamp: timeMs, duration, isKeyframe: true, data: [bytes] }];
  }
}

/** An object is a raw AAC frame, or one or more ADTS frames, whose headers are more reliable than the container. */
class AacObjects implements AudioObjects {
  #track: AudioTrack;
  #frameSamples: number;
  readonly #declaredChannels: number;

  constructor(configuration: Buffer, declaredChannels: number) {
    this.#declaredChannels = declaredChannels;
    const { track, frameSamples } = aacTrack(configuration, declaredChannels);
    this.#track = track;
    this.#frameSamples = frameSamples;
  }

  get track(): AudioTrack {
    return this.#track;
  }

  take({ bytes, timeMs }: AsfMediaObject): SourceFrame[] {
    const frames = adtsFramesIn(bytes);
    const [first] = frames ?? [];
    if (first === undefined) return [this.#frame(timeMs, bytes)];
    this.#learn(first.header.configuration);
    const frameMs = (this.#frameSamples * 1000) / this.#track.sampleRate;
    return (frames ?? []).map((frame, index) => {
      return this.#frame(Math.round(timeMs + index * frameMs), frame.bytes);
    });
  }

  #learn(configuration: Buffer): void {
    if (configuration.equals(this.#track.configuration)) return;
    const { track, frameSamples } = aacTrack(configuration, this.#declaredChannels);
    this.#track = track;
    this.#frameSamples = frameSamples;
  }

  #frame(stamp: number, bytes: Buffer): SourceFrame {
    const duration = this.#frameSamples;
    return { kind: 'audio', stamp, duration, isKeyframe: true, data: [bytes] };
  }
}

function aacTrack(
  configuration: Buffer,
  declaredChannels: number,
): { track: AudioTrack; frameSamples: number } {
  const { sampleRate, channelCount, frameSamples } = parseAacFormat(configuration);
  const track: AudioTrack = {
    ...{ kind: 'audio', codec: 'aac', timescale: sampleRate, sampleRate },
    channelCount: channelCount || declaredChannels,
    configuration,
  };
  return { track, frameSamples };
}

const heAacTag = 0x1610;
/** HEAACWAVEINFO of mmreg.h stands before the AudioSpecificConfig: payload type, profile, structure type, reserved. */
const heAacInfoBytes = 12;

/** From what follows the WAVEFORMATEX, else from its own fields; undefined if neither says. */
function configurationOf({ tag, extra, sampleRate, channelCount }: WaveFormat): Buffer | undefined {
  const isBehindInfo = tag === heAacTag && extra.length > heAacInfoBytes;
  const declared = isBehindInfo ? extra.subarray(heAacInfoBytes) : extra;
  try {
    parseAacFormat(declared);
    return declared;
  } catch (error) {
    if (!(error instanceof MediaFormatError)) throw error;
  }
  try {
    return aacConfiguration({ sampleRate, channelCount });
  } catch (error) {
    if (error instanceof MediaFormatError) return undefined;
    throw error;
  }
}
