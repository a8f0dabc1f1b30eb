import { renderTone } from './audio-source.ts';
import { LoopLibrary, type LoopLibraryOptions } from './loop-library.ts';
import { Pacer } from './pacer.ts';

/** What any number of simulators in one process can use together. */
export interface SharedMedia {
  readonly library: LoopLibrary;
  readonly pacer: Pacer;
  /** One second of audio. */
  readonly tone: Int16Array;
}

export function createSharedMedia(options: LoopLibraryOptions): SharedMedia {
  return { library: new LoopLibrary(options), pacer: new Pacer(), tone: renderTone() };
}
