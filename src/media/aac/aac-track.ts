import { aacConfiguration } from './aac-configuration.ts';
import type { AudioTrack } from '../frame.ts';

/** A track of AAC-LC. */
export function aacTrack(options: { sampleRate: number; channelCount: 1 | 2 }): AudioTrack {
  const { sampleRate, channelCount } = options;
  return {
    kind: 'audio',
    codec: 'aac',
    timescale: sampleRate,
    sampleRate,
    channelCount,
    configuration: aacConfiguration(options),
  };
}

/**
 * An AAC-LC frame of silence: elements without scale factor bands (ISO/IEC 14496-3 4.4.2.1 and 4.4.2.7). One channel is
 * a single_channel_element, two are a channel_pair_element of two channels each by itself.
 */
export function silentAacFrame(channelCount: 1 | 2): Buffer {
  const bits = new BitString();
  bits.add(channelCount - 1, 3); // ID_SCE is 0, ID_CPE is 1
  bits.add(0, 4); // element_instance_tag
  if (channelCount === 2) bits.add(0, 1); // common_window
  for (let channel = 0; channel < channelCount; channel += 1) addSilentChannel(bits);
  bits.add(7, 3); // ID_END
  return bits.toBuffer();
}

/** individual_channel_stream with max_sfb 0: no sections, no scale factors, no spectrum. */
function addSilentChannel(bits: BitString): void {
  bits.add(0, 8); // global_gain
  bits.add(0, 1 + 2 + 1); // ics_reserved_bit, window_sequence ONLY_LONG, window_shape
  bits.add(0, 6); // max_sfb
  bits.add(0, 1); // predictor_data_present
  bits.add(0, 3); // pulse, tns and gain control data: none
}

class BitString {
  #text = '';

  add(value: number, width: number): void {
    this.#text += value.toString(2).padStart(width, '0');
  }

  toBuffer(): Buffer {
    const byteCount = Math.ceil(this.#text.length / 8);
    const padded = this.#text.padEnd(byteCount * 8, '0');
    return Buffer.from(
      Array.from({ length: byteCount }, (_, at) =>
        Number.parseInt(padded.slice(8 * at, 8 * at + 8), 2),
      ),
    );
  }
}
