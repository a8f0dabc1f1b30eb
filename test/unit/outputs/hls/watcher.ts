import { applyDelta } from '../../../conformance/playlists/delta.ts';
import { readMediaPlaylist, type ReadPlaylist } from '../../../conformance/playlists/m3u8.ts';
import { checkPlaylist } from '../../../conformance/playlists/playlist-rules.ts';
import { checkTransition } from '../../../conformance/playlists/transition-rules.ts';
import type { Violation } from '../../../conformance/violations.ts';
import type { WindowRig } from './window-rig.ts';

/** Every version of the playlist while footage comes, whole and as a client with deltas sees it. */
export class Watcher {
  readonly violations: Violation[] = [];
  readonly texts: string[] = [];
  readonly #rig: WindowRig;
  readonly #frameSeconds: number;
  #previous: ReadPlaylist | undefined;
  #expanded: ReadPlaylist | undefined;

  constructor(rig: WindowRig, frameSeconds: number) {
    this.#rig = rig;
    this.#frameSeconds = frameSeconds;
  }

  look(): void {
    if (this.#rig.window.isEmpty) return;
    const text = this.#rig.text();
    if (text === this.texts.at(-1)) return;
    this.texts.push(text);
    const playlist = readMediaPlaylist(text);
    const delta = readMediaPlaylist(this.#rig.text({ skip: 'YES' }));
    this.violations.push(...checkPlaylist(playlist, { frameSeconds: this.#frameSeconds }));
    if (this.#previous) this.violations.push(...checkTransition(this.#previous, playlist));
    if (this.#expanded) {
      const applied = applyDelta(this.#expanded, delta);
      this.violations.push(
        ...applied.violations,
        ...checkTransition(this.#expanded, applied.playlist),
      );
      this.#expanded = applied.playlist;
    } else {
      this.#expanded = delta;
    }
    this.#previous = playlist;
  }
}
