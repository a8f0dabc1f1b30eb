import {
  AdpcmEncoder,
  adpcmBlockSamples,
  encodeAlaw,
  encodeMulaw,
  sampleRate,
} from './audio-codecs.ts';
import type { AsfAudioFormat } from '../../media/asf/asf-writer.ts';

export type AudioCodec = 'adpcm' | 'mulaw' | 'alaw' | 'pcm';

const plainPacketSamples = 320;

export interface AudioCoding {
  readonly codec: AudioCodec;
  /** Of ADPCM; the others come in packets of 40 ms. */
  readonly adpcmBlockBytes: number;
}

/** WAVEFORMATEX values by codec; the format tags are those of mmreg.h. */
export function audioFormat({ codec, adpcmBlockBytes }: AudioCoding): AsfAudioFormat {
  const common = { sampleRate, channelCount: 1 };
  switch (codec) {
    case 'adpcm': {
      const samplesPerBlock = Buffer.alloc(2);
      const sampleCount = adpcmBlockSamples(adpcmBlockBytes);
      samplesPerBlock.writeUInt16LE(sampleCount);
      const bytesPerSecond = Math.round((sampleRate * adpcmBlockBytes) / sampleCount);
      const block = { blockBytes: adpcmBlockBytes, bitsPerSample: 4, extradata: samplesPerBlock };
      return { formatTag: 0x0011, bytesPerSecond, ...block, ...common };
    }
    case 'mulaw':
      return { formatTag: 0x0007, bytesPerSecond: sampleRate, ...plainBlock(1), ...common };
    case 'alaw':
      return { formatTag: 0x0006, bytesPerSecond: sampleRate, ...plainBlock(1), ...common };
    case 'pcm':
      return { formatTag: 0x0001, bytesPerSecond: 2 * sampleRate, ...plainBlock(2), ...common };
  }
}

function plainBlock(bytes: number): {
  blockBytes: number;
  bitsPerSample: number;
  extradata: Buffer;
} {
  return { blockBytes: bytes, bitsPerSample: 8 * bytes, extradata: Buffer.alloc(0) };
}

/** One second of audio: a soft hum with a beep of 100 ms at its start. Begins and ends at a zero crossing. */
export function renderTone(): Int16Array {
  return Int16Array.from({ length: sampleRate }, (_, n) => {
    const seconds = n / sampleRate;
    const hum = 500 * Math.sin(2 * Math.PI * 220 * seconds);
    const swell = seconds < 0.1 ? Math.sin(Math.PI * 10 * seconds) : 0;
    return Math.round(hum + 6000 * swell * Math.sin(2 * Math.PI * 880 * seconds));
  });
}

/** The audio of one stream, packet by packet. The tone is shared; the encoder's state is the stream's own. */
export class AudioSource {
  readonly #tone: Int16Array;
  readonly #packetSamples: number;
  readonly #encode: (samples: Int16Array) => Buffer;
  #position: number;

  /** `startSample` is the place in the endless audio, so that beeps fall on the seconds of the video. */
  constructor({ codec, adpcmBlockBytes }: AudioCoding, tone: Int16Array, startSample: number) {
    this.#tone = tone;
    this.#position = startSample;
    this.#packetSamples =
      codec === 'adpcm' ? adpcmBlockSamples(adpcmBlockBytes) : plainPacketSamples;
    this.#encode = packetEncoder(codec);
  }

  /** Length of a packet in milliseconds. */
  get packetMs(): number {
    return (this.#packetSamples * 1000) / sampleRate;
  }

  next(): Buffer {
    const samples = new Int16Array(this.#packetSamples);
    for (let n = 0; n < samples.length; n++) {
      samples[n] = this.#tone[(this.#position + n) % this.#tone.length] ?? 0;
    }
    this.#position += samples.length;
    return this.#encode(samples);
  }
}

function packetEncoder(codec: AudioCodec): (samples: Int16Array) => Buffer {
  switch (codec) {
    case 'adpcm': {
      const encoder = new AdpcmEncoder();
      return (samples) => encoder.encode(samples);
    }
    case 'mulaw':
      return (samples) => Buffer.from(Uint8Array.from(samples, encodeMulaw));
    case 'alaw':
      return (samples) => Buffer.from(Uint8Array.from(samples, encodeAlaw));
    case 'pcm':
      return (samples) => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  }
}
