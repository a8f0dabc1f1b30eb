import { Packetizer } from './packets.ts';
import { pesPacket, streamIds } from './pes.ts';
import { pids, programAssociation, programMap } from './tables.ts';
import { transportUnits, type TransportFrames, type TransportUnit } from './units.ts';

/**
 * How far PTS and DTS run ahead of PCR, in ticks of 90 kHz: 0.7 s. Audio comes out of a camera's stream up to some 250
 * ms after its video and must still arrive before it is due; the model decoder of 2.4.2 holds nothing but H.264
 * longer than 1 s.
 */
const leadTicks = 63_000;
/** PCR comes at least every 100 ms (ISO/IEC 13818-1 2.7.2), also for one frame a second; in ticks of 90 kHz. */
const clockStepTicks = 8_100;
/** More clock packets in a row than this, 9 s of them, would only be sent because of broken times. */
const maxClockPackets = 100;

interface TransportSegment extends Omit<TransportFrames, 'audioEnd'> {
  /** The times do not continue from the previous segment. */
  readonly isDiscontinuity: boolean;
}

/**
 * Writes the frames of one camera as segments of an MPEG-2 transport stream (ISO/IEC 13818-1): H.264 as Annex B, AAC as
 * ADTS, copied and not encoded. Each segment begins with PAT and PMT (RFC 8216 3.2); counters, and the clock as far
 * as the stamps do, run on to the next.
 */
export class TransportStreamWriter {
  readonly #packets = new Packetizer();
  #mapVersion = 0;
  #hadAudio: boolean | undefined;
  /** Newest PCR of this time base, in ticks of 90 kHz. */
  #clock: number | undefined;
  #isNewTimeBase = false;
  /** Useful even if times are not continuous: often they nearly are. */
  #audioEnd: number | undefined;

  /** Throws MediaFormatError. The next segment goes on as if this one had not been asked for. */
  write({ run, frames, isDiscontinuity }: TransportSegment): Buffer {
    const { units, audioEnd } = transportUnits({ run, frames, audioEnd: this.#audioEnd });
    this.#audioEnd = audioEnd;
    this.#beginSegment(run.audio !== undefined, isDiscontinuity);
    for (const unit of units) this.#addUnit(unit);
    return this.#packets.take();
  }

  #beginSegment(hasAudio: boolean, isDiscontinuity: boolean): void {
    if (this.#hadAudio !== undefined && this.#hadAudio !== hasAudio) {
      this.#mapVersion = (this.#mapVersion + 1) % 32;
    }
    this.#hadAudio = hasAudio;
    this.#packets.addSection(pids.pat, programAssociation());
    this.#packets.addSection(pids.pmt, programMap({ hasAudio, version: this.#mapVersion }));
    if (!isDiscontinuity) return;
    this.#clock = undefined;
    this.#isNewTimeBase = true;
  }

  #addUnit(unit: TransportUnit): void {
    this.#tickUntil(unit.dts);
    const isVideo = unit.kind === 'video';
    const times = { pts: unit.pts + leadTicks, dts: unit.dts + leadTicks };
    const packet = pesPacket(streamIds[unit.kind], times, unit.payload);
    this.#packets.addPayload(
      pids[unit.kind],
      packet,
      isVideo ? this.#adaptation(unit.dts, unit.isKeyframe) : undefined,
    );
  }

  /** Clock packets up to a time, where the frames are too far apart to carry the clock. */
  #tickUntil(ticks: number): void {
    this.#clock ??= ticks;
    for (let count = 0; count < maxClockPackets; count += 1) {
      if (ticks - this.#clock <= clockStepTicks) return;
      this.#packets.addClock(pids.video, this.#adaptation(this.#clock + clockStepTicks, false));
    }
  }

  /** With the clock, which never goes back: audio may be older than the video before it. */
  #adaptation(
    ticks: number,
    isRandomAccess: boolean,
  ): { isRandomAccess: boolean; isDiscontinuity: boolean; pcr: number } {
    const isDiscontinuity = this.#isNewTimeBase;
    this.#isNewTimeBase = false;
    this.#clock = Math.max(this.#clock ?? ticks, ticks);
    return { isRandomAccess, isDiscontinuity, pcr: this.#clock };
  }
}
