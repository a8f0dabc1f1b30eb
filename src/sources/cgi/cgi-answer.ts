/** Text that holds no value of a CGI answer in any of the three forms. */
export class CgiAnswerError extends Error {
  override readonly name = 'CgiAnswerError';
}

export type CgiValues = ReadonlyMap<string, string | number>;

/**
 * Reads the answer of a camera's CGI (camera-protocol.md section 1) in whichever form it came, asked for or not:
 *
 *     var result = 0;        JavaScript source, either quote, any spacing, CRLF or LF
 *     {"error":0,"id":7}     JSON
 *     ready({"error":0});    JSONP
 *
 * The text is never evaluated. Only numbers and strings are kept; true and false are 1 and 0.
 * @throws CgiAnswerError when there is no value at all.
 */
export function parseCgiAnswer(text: string): CgiValues {
  const trimmed = text.trim();
  const json = trimmed.startsWith('{') ? trimmed : jsonpArgument(trimmed);
  const values = json === undefined ? assignments(trimmed) : jsonFields(json);
  if (values.size === 0) throw new CgiAnswerError('the answer holds no value');
  return values;
}

/** The object inside `name({…});`, or undefined when the text is no such call. */
function jsonpArgument(text: string): string | undefined {
  if (!/^[A-Za-z_$][\w$.]{0,99}\s{0,9}\(/.test(text)) return undefined;
  const start = text.indexOf('{');
  const end = text.lastIndexOf('}');
  return start === -1 || end < start ? undefined : text.slice(start, end + 1);
}

function jsonFields(json: string): CgiValues {
  const values = new Map<string, string | number>();
  for (const [name, value] of Object.entries(parseObject(json))) {
    if (typeof value === 'string' || typeof value === 'number') values.set(name, value);
    if (typeof value === 'boolean') values.set(name, value ? 1 : 0);
  }
  return values;
}

function parseObject(json: string): object {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? value : {};
  } catch (cause) {
    throw new CgiAnswerError('the answer begins like JSON but is none', { cause });
  }
}

// Every pattern is sticky and every step goes forward, so that the time is linear in the length of the text.
const space = /[\s;]*/y;
const assignment = /(?:var[ \t]+)?([A-Za-z_$][\w$]*)[ \t]*=[ \t]*/y;
const value = /'((?:[^'\\]|\\[^])*)'|"((?:[^"\\]|\\[^])*)"|([-+]?(?:\d+(?:\.\d*)?|\.\d+))/y;
const restOfStatement = /[^;\n]*/y;

function assignments(text: string): CgiValues {
  const values = new Map<string, string | number>();
  const scanner = new Scanner(text);
  scanner.take(space);
  while (!scanner.isAtEnd) {
    const name = scanner.take(assignment)?.[1];
    const literal = name === undefined ? undefined : scanner.take(value);
    if (name !== undefined && literal !== undefined) values.set(name, literalValue(literal));
    // What is left of a statement is something else than one number or string (an array, a call): not of interest.
    scanner.take(restOfStatement);
    scanner.take(space);
  }
  return values;
}

function literalValue([, single, double, number]: RegExpExecArray): string | number {
  const string = single ?? double;
  return string === undefined ? Number(number) : unescaped(string);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\n': '', '\r': '' };

function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^]))/g,
    (_, unicode?: string, latin?: string, letter?: string) => {
      const code = unicode ?? latin;
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      return escapes[letter ?? ''] ?? letter ?? '';
    },
  );
}

/** A text and a position that only goes forward. */
class Scanner {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#text.length;
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#position += match[0].length;
    return match;
  }
}
