import {
  checkAdvance,
  isReached,
  playlistKey,
  readTarget,
  wantsDelta,
} from '../playlists/delivery-directives.ts';
import type { Publication } from './publication.ts';
import type { Waiters } from './waiters.ts';
import type { MediaResource, PlaylistQuery, PlaylistText } from './window.ts';

/** How long a request is held before TARGETDURATION is known, in milliseconds: three times its smallest value. */
const holdMsBeforeTargets = 6000;

/**
 * Requests for something that may not exist yet, held until it does (rfc8216bis 6.2.5.2): a version of the media
 * playlist, or the part that the preload hint names.
 */
export class HeldRequests {
  readonly #publication: Publication;
  readonly #waiters: Waiters;

  /** The publisher releases `waiters`. */
  constructor(publication: Publication, waiters: Waiters) {
    this.#publication = publication;
    this.#waiters = waiters;
  }

  /** What the answer to this query depends on: equal keys wait for equal answers. @throws CamgateError query-invalid */
  playlistKey(query: PlaylistQuery): string {
    return playlistKey(query, this.#publication.edge);
  }

  /** @throws CamgateError for directives that are malformed, or too far ahead */
  playlist(query: PlaylistQuery, signal: AbortSignal): PlaylistText | Promise<PlaylistText> {
    const target = readTarget(query);
    const publication = this.#publication;
    checkAdvance(target, publication.edge, publication.targets?.partTargetMs ?? 1000);
    const isDelta = wantsDelta(query);
    const probe = (): PlaylistText | undefined => {
      const isReady = !publication.isEmpty && isReached(target, publication.edge);
      return isReady ? publication.playlistText(isDelta) : undefined;
    };
    const answer = probe();
    if (answer !== undefined) return answer;
    return this.#waiters.wait(this.playlistKey(query), probe, { signal, holdMs: this.#holdMs });
  }

  /** undefined for a name that is not that of the hinted part. */
  hintedPart(name: string, signal: AbortSignal): Promise<MediaResource> | undefined {
    const publication = this.#publication;
    if (name !== publication.hintedPart) return undefined;
    const probe = (): MediaResource | undefined => publication.media(name);
    return this.#waiters.wait(name, probe, { signal, holdMs: this.#holdMs });
  }

  get #holdMs(): number {
    const { targets } = this.#publication;
    return targets ? targets.targetDurationSeconds * 3000 : holdMsBeforeTargets;
  }
}
