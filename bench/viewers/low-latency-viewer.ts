import { gunzipSync } from 'node:zlib';
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
  /** The first playlist that lists it, held until then. */
  readonly playlist: RawAnswer;
}

/**
 * Viewers of one media playlist who ask as LL-HLS players over HTTP/1.1 do: one connection holds the playlist of the
 * next part, the other fetches that part from its preload hint.
 */
export class LowLatencyViewers {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  /** By the last bytes of the playlist: its hint, or what gzip makes of its end. */
  readonly #positions = new Map<string, Position>();

  /**
   * @param url that of the media playlist, with a password where one is asked for
   * @param acceptsGzip as browsers do
   */
  constructor(url: URL, acceptsGzip: boolean) {
    this.#url = url;
    this.#headers = acceptsGzip ? { 'Accept-Encoding': 'gzip' } : {};
  }

  open(): Promise<[Connection, Connection]> {
    const open = (): Promise<Connection> => Connection.open(this.#url, this.#headers);
    return Promise.all([open(), open()]);
  }

  /**
   * Yields each part once its playlist is there too, with its bytes if they are kept; closes the connections in the
   * end. Throws when an answer is no 200.
   */
  async *watch(
    [playlists, media]: readonly [Connection, Connection],
    keepsParts = false,
  ): AsyncGenerator<SeenPart> {
    try {
      let position = this.#parse((await playlists.get(this.#url.pathname, true)).body);
      for (;;) {
        const [playlist, answer] = await Promise.all([
          playlists.get(`${this.#url.pathname}?${position.query}`, true),
          media.get(new URL(position.hint, this.#url).pathname, keepsParts),
        ]);
        if (playlist.status !== 200) throw new Error(`playlist: ${playlist.status}`);
        if (answer.status !== 200) throw new Error(`part: ${answer.status}`);
        yield { name: position.hint, answer, playlist };
        position = this.#parse(playlist.body);
      }
    } finally {
      playlists.close();
      media.close();
    }
  }

  /** Read once per playlist, however many viewers have it: the load must cost less than the server. */
  #parse(body: Buffer): Position {
    const key = body.subarray(-100).toString('latin1');
    let position = this.#positions.get(key);
    if (position === undefined) {
      const isGzip = body.readUInt16BE() === 0x1f8b;
      const text = (isGzip ? gunzipSync(body) : body).toString();
      const hint = /URI="([^"]+)"\s*$/.exec(text)?.[1] ?? '';
      const first = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]);
      const segments = text.match(/^#EXTINF:/gm)?.length ?? 0;
      const open = text.slice(text.lastIndexOf('#EXTINF:'));
      const parts = open.match(/^#EXT-X-PART:/gm)?.length ?? 0;
      position = { hint, query: `_HLS_msn=${first + segments}&_HLS_part=${parts}` };
      this.#positions.set(key, position);
    }
    return position;
  }
}
