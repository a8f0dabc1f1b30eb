import type { Answer, CheckedStream } from './check-client.ts';
import { readMediaPlaylist, type ReadPlaylist } from './playlists/m3u8.ts';
import { nextPartOf } from './playlists/live-edge.ts';

export type Query = Readonly<Record<string, string | number>>;

/** What is answered at once takes no longer than the plain playlist of the same moment and this, in milliseconds. */
const atOnceMs = 2000;

/** Asks a media playlist for what no player should ask for, and for what it asks for when it is late (6.2.5.2). */
export class DirectiveProbes {
  readonly #stream: CheckedStream;

  constructor(stream: CheckedStream) {
    this.#stream = stream;
  }

  /** `playlist` is the newest one. */
  async run(playlist: ReadPlaylist): Promise<void> {
    await this.#mistakes(playlist);
    await this.#oldSegments(playlist);
    await this.#validators();
    await this.#wholeSegment();
  }

  async #mistakes(playlist: ReadPlaylist): Promise<void> {
    const next = nextPartOf(playlist);
    const bad: [string, Query][] = [
      ['a part without a segment', { _HLS_part: 0 }],
      ['a segment that is no number', { _HLS_msn: 'x' }],
      ['a negative segment', { _HLS_msn: -1 }],
      ['a part that is no number', { _HLS_msn: next.msn, _HLS_part: 'x' }],
      ['a segment too far ahead', { _HLS_msn: next.msn + 20 }],
      // Of the segment after the open one: of one that is whole meanwhile it would be the first part of the next.
      ['a part too far ahead', { _HLS_msn: next.msn + 1, _HLS_part: 10_000 }],
    ];
    for (const [what, query] of bad) {
      const answer = await this.#getAtOnce(query, what);
      // The stream goes on while this is asked: what was far ahead may be there by now.
      const isThere = answer.status === 200 && isBehind(query, answer);
      if (!isThere) this.#expectStatus(answer, 400, { rule: 'bad-request', what });
    }
  }

  /** An old one gets the playlist of now: everything it asks for is in there, or was. */
  async #oldSegments(playlist: ReadPlaylist): Promise<void> {
    const { mediaSequence } = playlist;
    const queries: [string, Query][] = [
      ['a listed segment', { _HLS_msn: mediaSequence }],
      ['a listed part', { _HLS_msn: mediaSequence, _HLS_part: 0 }],
      ['the first segment of all', { _HLS_msn: 0 }],
    ];
    for (const [what, query] of queries) {
      if (playlist.segments.length === 0) return;
      const answer = await this.#getAtOnce(query, what);
      this.#expectStatus(answer, 200, { rule: 'old-segment', what });
      if (answer.status !== 200) continue;
      const current = readMediaPlaylist(answer.body.toString());
      const [said, known] = [nextPartOf(current), nextPartOf(playlist)];
      if (said.msn < known.msn || (said.msn === known.msn && said.part < known.part)) {
        this.#stream.report(
          'old-segment',
          '6.2.5.2',
          `${what} was answered with an older playlist`,
        );
      }
    }
  }

  /** HEAD has the head of GET, and a validator is recognised (RFC 9110 9.3.2, 13.1.2). */
  async #validators(): Promise<void> {
    const head = await this.#stream.client.get('playlist', this.#stream.url, { method: 'HEAD' });
    this.#expectStatus(head, 200, { rule: 'head', what: 'HEAD of the playlist' });
    if (head.body.length > 0) this.#stream.report('head', 'RFC 9110 9.3.2', 'HEAD has a body');
    const whole = await this.#stream.client.get('playlist', this.#stream.url);
    const etag = whole.headers.get('etag');
    if (etag === null) {
      this.#stream.report('etag', 'RFC 9110 8.8.3', 'the playlist has no ETag');
      return;
    }
    const headers = { 'if-none-match': etag };
    const again = await this.#stream.client.get('playlist', this.#stream.url, { headers });
    const isRight = again.status === 304 || again.headers.get('etag') !== etag;
    if (!isRight)
      this.#stream.report('etag', 'RFC 9110 13.1.2', `${etag} was answered ${again.status}`);
  }

  /** Without a part the answer waits until the segment is whole. */
  async #wholeSegment(): Promise<void> {
    const answer = await this.#stream.client.get('playlist', this.#stream.url);
    if (answer.status !== 200) return;
    const { msn } = nextPartOf(readMediaPlaylist(answer.body.toString()));
    const whole = await this.#get({ _HLS_msn: msn });
    if (whole.status !== 200) return;
    const { segments } = readMediaPlaylist(whole.body.toString());
    if (!segments.some((segment) => segment.msn >= msn)) {
      this.#stream.report(
        'blocking-reload',
        '6.2.5.2',
        `segment ${msn} was answered before it was whole`,
      );
    }
  }

  #get(query: Query): Promise<Answer> {
    const { client, url } = this.#stream;
    return client.get('blocking', withQuery(url, query));
  }

  /** The plain playlist is never held: how long it takes tells what the machine is busy with. */
  async #getAtOnce(query: Query, what: string): Promise<Answer> {
    const { client, url, report } = this.#stream;
    const [plain, answer] = await Promise.all([client.get('playlist', url), this.#get(query)]);
    if (answer.tookMs > atOnceMs + plain.tookMs + answer.lostMs) {
      report('at-once', '6.2.5.2', `${what} was held for ${Math.round(answer.tookMs)} ms`);
    }
    return answer;
  }

  #expectStatus(answer: Answer, status: number, of: { rule: string; what: string }): void {
    if (answer.status === status) return;
    this.#stream.report(
      of.rule,
      '6.2.5.2',
      `${of.what} was answered ${answer.status}, not ${status}`,
    );
  }
}

/** Whether the segment that is asked for is before the end of the playlist that came. */
function isBehind(query: Query, answer: Answer): boolean {
  return Number(query['_HLS_msn']) < nextPartOf(readMediaPlaylist(answer.body.toString())).msn;
}

export function withQuery(base: URL, query: Query): URL {
  const url = new URL(base);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url;
}
