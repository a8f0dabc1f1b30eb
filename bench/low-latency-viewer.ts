import { Connection, type RawAnswer } from './connection.ts';

/** Where a player stands: what it asks for next. */
interface Position {
  readonly hint: string;
  readonly query: string;
}

export interface SeenPart {
  /** Name of the part. */
  readonly name: string;
  readonly answer: RawAnswer;
}

/**
 * Viewers of one media playlist who ask as LL-HLS players over HTTP/1.1 do: one connection holds the playlist of the
 * next part, the other fetches that part from its preload hint.
 */
export class LowLatencyViewers {
  readonly #url: URL;
  readonly #positions = new Map<string, Position>();

  /** `url` is that of the media playlist. */
  constructor(url: URL) {
    this.#url = url;
  }

  open(): Promise<[Connection, Connection]> {
    return Promise.all([Connection.open(this.#url), Connection.open(this.#url)]);
  }

  /** Yields each part once its playlist is there too; closes the connections in the end. Throws when an answer is no 200. */
  async *watch([playlists, media]: readonly [Connection, Connection]): AsyncGenerator<SeenPart> {
    try {
      let position = this.#parse((await playlists.get(this.#url.pathname, true)).body);
      for (;;) {
        const [playlist, answer] = await Promise.all([
          playlists.get(`${this.#url.pathname}?${position.query}`, true),
          media.get(new URL(position.hint, this.#url).pathname),
        ]);
        if (playlist.status !== 200) throw new Error(`playlist: ${playlist.status}`);
        if (answer.status !== 200) throw new Error(`part: ${answer.status}`);
        yield { name: position.hint, answer };
        position = this.#parse(playlist.body);
      }
    } finally {
      playlists.close();
      media.close();
    }
  }

  /** Read once per playlist, however many viewers have it: the load must cost less than the server. */
  #parse(body: Buffer): Position {
    const hint = /URI="([^"]+)"\s*$/.exec(body.subarray(-100).toString('latin1'))?.[1] ?? '';
    let position = this.#positions.get(hint);
    if (position === undefined) {
      const text = body.toString();
      const first = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]);
      const segments = text.match(/^#EXTINF:/gm)?.length ?? 0;
      const open = text.slice(text.lastIndexOf('#EXTINF:'));
      const parts = open.match(/^#EXT-X-PART:/gm)?.length ?? 0;
      position = { hint, query: `_HLS_msn=${first + segments}&_HLS_part=${parts}` };
      this.#positions.set(hint, position);
    }
    return position;
  }
}
