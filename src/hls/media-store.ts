import type { MediaResource, MemoryMedia } from './window.ts';

/** Resources by name. A segment consists of its parts' memory, so only what is not shared counts as bytes. */
export class MediaStore {
  readonly #resources = new Map<string, MediaResource>();
  #byteCount = 0;

  get byteCount(): number {
    return this.#byteCount;
  }

  get(name: string): MediaResource | undefined {
    return this.#resources.get(name);
  }

  /** Init segment or part: memory of its own. */
  add(name: string, bytes: Buffer): void {
    this.#resources.set(name, toResource([bytes]));
    this.#byteCount += bytes.length;
  }

  /** Segment: the memory of parts that are in the store. */
  addShared(name: string, chunks: readonly Buffer[]): void {
    this.#resources.set(name, toResource(chunks));
  }

  delete(name: string): void {
    const resource = this.#resources.get(name);
    if (resource === undefined) return;
    this.#byteCount -= resource.byteLength;
    this.#resources.delete(name);
  }

  deleteShared(name: string): void {
    this.#resources.delete(name);
  }
}

function toResource(chunks: readonly Buffer[]): MemoryMedia {
  const byteLength = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return { kind: 'memory', contentType: 'video/mp4', chunks, byteLength };
}
