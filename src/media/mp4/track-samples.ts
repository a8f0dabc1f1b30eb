import { MediaFormatError } from '../../lib/errors.ts';
import { BoxFields, boxesOf, needBox } from './boxes.ts';
import { isSyncSample, parseTfdt, parseTfhd, trun, type SampleDefaults } from './track-runs.ts';

/** One sample of a track; times are ticks of the track. */
export interface Sample {
  readonly trackId: number;
  readonly decodeTime: number;
  readonly duration: number;
  /** Presentation time minus decode time; may be negative (version 1 of `trun`). */
  readonly compositionOffset: number;
  readonly isSync: boolean;
  /** The bytes in the `mdat`, not a copy. */
  readonly bytes: Buffer;
}

/**
 * The samples of fragments in a row (`moof` and `mdat` each, as a part or a segment holds them), in the order of the
 * file. Throws MediaFormatError for bytes that are none, and for data that is placed by its position in a file
 * (`base-data-offset`), which no stream can have.
 */
export function* readSamples(
  fragments: Buffer,
  defaults: ReadonlyMap<number, SampleDefaults>,
): Generator<Sample> {
  let offset = 0;
  for (const box of boxesOf(fragments)) {
    if (box.type === 'moof') {
      const data = fragments.subarray(offset);
      for (const traf of boxesOf(box.body)) {
        if (traf.type === 'traf') yield* trafSamples(traf.body, { data, defaults });
      }
    }
    offset += box.bytes.length;
  }
}

/** `data` begins with the `moof`: data offsets count from there (8.8.7.1, default-base-is-moof). */
function* trafSamples(
  traf: Buffer,
  { data, defaults }: { data: Buffer; defaults: ReadonlyMap<number, SampleDefaults> },
): Generator<Sample> {
  const head = parseTfhd(needBox(traf, 'tfhd'), defaults);
  if (head.hasBaseDataOffset) throw new MediaFormatError('A fragment tells a place in a file.');
  const { trackId } = head;
  let decodeTime = parseTfdt(needBox(traf, 'tfdt'));
  let position = 0;
  for (const box of boxesOf(traf)) {
    if (box.type !== 'trun') continue;
    const run = new RunFields(box.body, head.defaults);
    position = run.dataOffset ?? position;
    if (run.sampleCount > data.length)
      throw new MediaFormatError('A run has impossibly many samples.');
    for (let index = 0; index < run.sampleCount; index += 1) {
      const { duration, size, flags, compositionOffset } = run.next(index);
      const bytes = data.subarray(position, position + size);
      if (bytes.length < size) throw new MediaFormatError('A sample reaches out of its fragment.');
      yield {
        trackId,
        decodeTime,
        duration,
        compositionOffset,
        isSync: !head.defaults.isVideo || isSyncSample(flags),
        bytes,
      };
      decodeTime += duration;
      position += size;
    }
  }
}

/** A `trun` read sample by sample (ISO/IEC 14496-12 8.8.8). */
class RunFields {
  readonly sampleCount: number;
  /** Where the first sample lies; undefined: behind the run before. */
  readonly dataOffset: number | undefined;
  readonly #fields: BoxFields;
  readonly #version: number;
  readonly #flags: number;
  readonly #defaults: SampleDefaults;
  readonly #firstFlags: number | undefined;

  constructor(box: Buffer, defaults: SampleDefaults) {
    const fields = new BoxFields(box);
    const { version, flags } = fields.fullBoxHead();
    this.#fields = fields;
    this.#version = version;
    this.#flags = flags;
    this.#defaults = defaults;
    this.sampleCount = fields.uint32();
    this.dataOffset = this.#has(trun.dataOffset) ? fields.int32() : undefined;
    this.#firstFlags = this.#has(trun.firstSampleFlags) ? fields.uint32() : undefined;
  }

  next(index: number): {
    duration: number;
    size: number;
    flags: number;
    compositionOffset: number;
  } {
    const fields = this.#fields;
    const defaults = this.#defaults;
    const duration = this.#has(trun.duration) ? fields.uint32() : defaults.duration;
    const size = this.#has(trun.size) ? fields.uint32() : defaults.size;
    const ownFlags = this.#has(trun.flags) ? fields.uint32() : defaults.flags;
    const flags = index === 0 ? (this.#firstFlags ?? ownFlags) : ownFlags;
    return { duration, size, flags, compositionOffset: this.#compositionOffset() };
  }

  #compositionOffset(): number {
    if (!this.#has(trun.compositionOffset)) return 0;
    return this.#version === 0 ? this.#fields.uint32() : this.#fields.int32();
  }

  #has(flag: number): boolean {
    return (this.#flags & flag) !== 0;
  }
}
