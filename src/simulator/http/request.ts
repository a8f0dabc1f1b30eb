/** One HTTP request as the simulator understands it: as little as a camera does. */
export interface SimulatedRequest {
  readonly method: string;
  /** Without the leading slash and the query. */
  readonly path: string;
  /** As it came, without the question mark. */
  readonly query: string;
  /** Query parameters, and those of a form-encoded body. The last of equal names counts. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** A request's head without the empty line; undefined when it is none. */
export function parseRequestHead(head: string): SimulatedRequest | undefined {
  const [requestLine = '', ...headerLines] = head.split(/\r?\n/);
  const match = /^([A-Z]{1,10}) (\S{1,8000})(?: HTTP\/1\.[01])?$/.exec(requestLine);
  if (!match) return undefined;
  const [path, query] = splitOnce(match[2] ?? '', '?');
  const headers = new Map(
    headerLines.map((line) => {
      const [name, value] = splitOnce(line, ':');
      return [name.trim().toLowerCase(), value.trim()] as const;
    }),
  );
  return {
    method: match[1] ?? '',
    path: decodePath(path),
    query,
    parameters: new Map(new URLSearchParams(query)),
    headers,
  };
}

/** The same request with the parameters of a form-encoded body (the vendor's library can POST). */
export function withForm(request: SimulatedRequest, body: string): SimulatedRequest {
  const parameters = new Map([...request.parameters, ...new URLSearchParams(body)]);
  return { ...request, parameters };
}

function decodePath(path: string): string {
  const plain = path.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/^\/+/, '');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
