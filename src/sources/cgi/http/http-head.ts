import { ByteQueue } from '../../../media/byte-queue.ts';

/** Bytes that are no HTTP answer even for this lenient reader. */
export class HttpFormatError extends Error {
  override readonly name = 'HttpFormatError';
}

/** Header fields, names in lower case; a name may come more than once (WWW-Authenticate does). */
export class HttpHeaders {
  readonly #fields: readonly (readonly [name: string, value: string])[];

  constructor(fields: readonly (readonly [name: string, value: string])[]) {
    this.#fields = fields;
  }

  /** The first value, or an empty text. */
  get(name: string): string {
    return this.all(name)[0] ?? '';
  }

  all(name: string): readonly string[] {
    return this.#fields.filter(([key]) => key === name).map(([, value]) => value);
  }
}

export interface HttpHead {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Where the body begins in the bytes that were given. */
  readonly bodyStart: number;
}

const statusLine = /^HTTP\/\d+(?:\.\d+)?[ \t]+(\d{3})\b/i;

/** Of one answer, interim heads included: heads of cameras have a few hundred bytes. */
const maxHeadBytes = 64 * 1024;
/** Servers send one or two 1xx heads, if any. */
const maxInterimHeads = 32;
/** Cameras send about ten; a name is looked for in all of them. */
const maxFields = 256;

const LF = 0x0a;
const CR = 0x0d;

/**
 * Reads the head of an answer (RFC 9112 sections 4 and 5, as leniently as camera servers need): lines end with LF or
 * CRLF, blank lines may come before the status line, lines without a colon are skipped, folded lines are joined and
 * interim 1xx heads are passed over. Bytes that begin with no status line are a body of status 200: one firmware
 * answers a bare `Can't parse request.`.
 *
 * Every byte is looked at once, however the network cuts, and no more than `maxHeadBytes` are kept.
 */
export class HeadReader {
  readonly #queue = new ByteQueue();
  /** Where the present head begins; those before it were interim. */
  #start = 0;
  /** Where to go on looking for the blank line that ends it. */
  #searched = 0;
  #interimCount = 0;

  get byteCount(): number {
    return this.#queue.byteCount;
  }

  /** What of the pushed bytes lies behind the head. */
  bodyFrom({ bodyStart }: HttpHead): Buffer {
    return this.#queue.view.subarray(bodyStart);
  }

  /** @returns undefined while more bytes are needed. @throws HttpFormatError */
  push(bytes: Buffer): HttpHead | undefined {
    this.#queue.append(bytes);
    const head = this.#read(false);
    if (head === undefined && this.byteCount > maxHeadBytes) {
      throw new HttpFormatError('a head without an end');
    }
    return head;
  }

  /** The connection has ended, and the head with it; undefined when there was none. @throws HttpFormatError */
  end(): HttpHead | undefined {
    return this.#read(true);
  }

  #read(isEnd: boolean): HttpHead | undefined {
    for (;;) {
      const head = this.#readOne(isEnd);
      const isInterim = head !== undefined && head.status >= 100 && head.status < 200;
      if (!isInterim) return head;
      this.#interimCount += 1;
      if (this.#interimCount > maxInterimHeads) {
        throw new HttpFormatError('interim answers without end');
      }
      this.#start = head.bodyStart;
      this.#searched = head.bodyStart;
    }
  }

  #readOne(isEnd: boolean): HttpHead | undefined {
    const { view } = this.#queue;
    while (view[this.#start] === CR || view[this.#start] === LF) this.#start += 1;
    const start = this.#start;
    if (start === view.length) return undefined;
    const beginning = view.toString('latin1', start, start + 5).toUpperCase();
    const isPossible = isEnd ? beginning === 'HTTP/' : 'HTTP/'.startsWith(beginning);
    if (!isPossible) return { status: 200, headers: new HttpHeaders([]), bodyStart: start };
    const end = this.#findEnd(view) ?? (isEnd ? view.length : undefined);
    return end === undefined ? undefined : parseLines(view.toString('latin1', start, end), end);
  }

  /** Behind the first blank line. */
  #findEnd(view: Buffer): number | undefined {
    let at = view.indexOf(LF, Math.max(this.#searched, this.#start));
    for (; at >= 0; at = view.indexOf(LF, at + 1)) {
      const next = view[at + 1] === CR ? at + 2 : at + 1;
      if (view[next] === LF) return next + 1;
      if (next >= view.length) break;
    }
    this.#searched = at < 0 ? view.length : at;
    return undefined;
  }
}

function parseLines(text: string, bodyStart: number): HttpHead {
  const [first = '', ...lines] = text.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const status = statusLine.exec(first)?.[1];
  if (status === undefined) throw new HttpFormatError('the status line has no status');
  const fields = lines.flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    if (colon <= 0) return [];
    return [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]];
  });
  if (fields.length > maxFields) throw new HttpFormatError('too many header fields');
  return { status: Number(status), headers: new HttpHeaders(fields), bodyStart };
}
