import type { MediaPlaylist } from './playlist.ts';
import { renderMediaPlaylist, type SegmentLines } from './render-playlist.ts';
import { countSkippable } from './skip-boundary.ts';
import type { PlaylistText } from '../window/window.ts';

/** The texts of one playlist as it stands: each is rendered when first asked for, once per change, for all viewers. */
export class PlaylistTexts {
  readonly #life: string;
  readonly #describe: () => MediaPlaylist;
  readonly #lines: SegmentLines = new WeakMap();
  #version = 0;
  #full: PlaylistText | undefined;
  #delta: PlaylistText | undefined;

  constructor(life: string, describe: () => MediaPlaylist) {
    this.#life = life;
    this.#describe = describe;
  }

  changed(): void {
    this.#version += 1;
    this.#full = undefined;
    this.#delta = undefined;
  }

  get full(): PlaylistText {
    return (this.#full ??= this.#render(this.#describe(), 0));
  }

  /** The same as `full` where nothing can be skipped. */
  get delta(): PlaylistText {
    return (this.#delta ??= this.#renderDelta());
  }

  #renderDelta(): PlaylistText {
    const playlist = this.#describe();
    const skippedCount = countSkippable(playlist);
    return skippedCount === 0 ? this.full : this.#render(playlist, skippedCount);
  }

  #render(playlist: MediaPlaylist, skippedCount: number): PlaylistText {
    const suffix = skippedCount > 0 ? 'd' : '';
    return {
      body: Buffer.from(renderMediaPlaylist(playlist, skippedCount, this.#lines)),
      etag: `"${this.#life}-${this.#version}${suffix}"`,
    };
  }
}
