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

/**
 * Reads the head of an answer (RFC 9112 sections 4 and 5, as leniently as camera servers need): lines end with LF or
 * CRLF, blank lines may come before the status line, lines without a colon are skipped, folded lines are joined and
 * interim 1xx heads are passed over. Bytes that begin with no status line are a body of status 200: one firmware
 * answers a bare `Can't parse request.`.
 *
 * @returns undefined while more bytes are needed. At the end of the connection (`isEnd`) the head ends with the bytes.
 * @throws HttpFormatError for a status line without a status.
 */
export function parseHead(bytes: Buffer, isEnd: boolean): HttpHead | undefined {
  const text = bytes.toString('latin1');
  const start = text.search(/[^\r\n]/);
  if (start === -1) return undefined;
  const beginning = text.slice(start, start + 5).toUpperCase();
  const isPossible = isEnd ? beginning === 'HTTP/' : 'HTTP/'.startsWith(beginning);
  if (!isPossible) {
    return { status: 200, headers: new HttpHeaders([]), bodyStart: start };
  }
  const blank = /\n\r?\n/g;
  blank.lastIndex = start;
  const hasBlank = blank.test(text);
  if (!hasBlank && !isEnd) return undefined;
  const end = hasBlank ? blank.lastIndex : text.length;
  const head = parseLines(text.slice(start, end), end);
  const isInterim = head.status >= 100 && head.status < 200;
  if (!isInterim) return head;
  const final = parseHead(bytes.subarray(end), isEnd);
  return final === undefined ? undefined : { ...final, bodyStart: end + final.bodyStart };
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
  return { status: Number(status), headers: new HttpHeaders(fields), bodyStart };
}
