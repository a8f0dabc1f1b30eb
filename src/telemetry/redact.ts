import { CamgateError } from '../lib/errors.ts';

/** What stands where a secret stood. */
const redacted = '***';

/** Longest text that is looked at, in characters; the rest is cut so that no log line is unbounded. */
const maxTextLength = 8192;
const maxDepth = 5;
const maxItems = 50;

/**
 * Parameter and field names whose value is a credential: of URLs and HTTP headers in general, and of the cameras' CGI
 * (`user`, `pwd`, `session` and the one-use ticket `id`).
 */
const secretNames =
  'user|usr|username|login|pwd|pass|passwd|password|passphrase|session|session_?id|sid|id|ticket|token|' +
  'auth|authorization|cookie|set-cookie|secret|cnonce|nonce|response';

const secretFieldName = new RegExp(`^(?:proxy-)?(?:${secretNames})$`, 'i');

/** A text in quotes with what is escaped in it; one that does not end goes on to the end of the line. */
const quotedText = String.raw`(?<quote>["'])(?:\\.?|(?!\k<quote>)[^\\\r\n])*\k<quote>?`;

/**
 * Each pattern and its replacement. Repetitions are bounded or cannot overlap, so that no text takes long. Quotes stay,
 * so that what is left reads the same the second time.
 */
const patterns: readonly (readonly [RegExp, string])[] = [
  // scheme://user:password@host. The password may hold an unescaped `/` or `@`: everything up to the last @ goes.
  [/([a-z][a-z0-9+.-]{0,15}:\/\/)[^\s/?#@:"'<>]{0,256}:[^\s"'<>]{0,512}@/gi, `$1${redacted}@`],
  [/([a-z][a-z0-9+.-]{0,15}:\/\/)[^\s/?#"'<>]{0,512}@/gi, `$1${redacted}@`],
  [
    new RegExp(
      String.raw`((?:authorization|cookie)["']?\s{0,8}[:=]\s{0,8})(?:${quotedText}|[^\r\n]+)`,
      'gi',
    ),
    `$1$<quote>${redacted}$<quote>`,
  ],
  [/\b(Digest\s{1,8})[a-z]+=[^\r\n]*/gi, `$1${redacted}`],
  // Base64 holds a capital or a digit; prose such as "Basic authentication" stays.
  [/\b(Basic|Bearer)\s{1,8}(?=[a-z]{0,64}[A-Z0-9])[A-Za-z0-9+/=._~-]{4,}/g, `$1 ${redacted}`],
  // Behind a quoted value only punctuation ends it at once: a password may have quotes in it.
  [
    new RegExp(
      String.raw`(?:(?<![a-z0-9])|(?<=%[0-9a-f]{2}))((?:${secretNames})(?:\s{0,2}=\s{0,2}(?=["'])|=|%3D))` +
        String.raw`(?:${quotedText}(?:[^&\s<>;,)}\]][^&\s<>]*)?|[^&\s"'<>]+)`,
      'gi',
    ),
    `$1$<quote>${redacted}$<quote>`,
  ],
  [
    new RegExp(
      String.raw`(["'](?:${secretNames})["']\s{0,4}:\s{0,4})(?:${quotedText}|[^\s,"'}\]]+)`,
      'gi',
    ),
    `$1$<quote>${redacted}$<quote>`,
  ],
];

/** The text without anything that looks like a credential; idempotent. */
export function redact(text: string): string {
  let result = text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
  for (const [pattern, replacement] of patterns) result = result.replace(pattern, replacement);
  return result;
}

/**
 * A copy of a log field that is plain data: texts redacted, secret names blanked, errors spelled out, depth and
 * number of items bounded (which also ends cycles).
 */
export function redactValue(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
      return redact(value);
    case 'number':
    case 'boolean':
    case 'undefined':
      return value;
    case 'bigint':
    case 'symbol':
      return redact(String(value));
    case 'function':
      return '[function]';
    case 'object':
      return value === null ? null : redactObject(value, depth);
    default:
      return undefined;
  }
}

function redactObject(value: object, depth: number): unknown {
  if (value instanceof URL) return redact(value.href);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= maxDepth) return '[…]';
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return redactItems(value, depth);
  if (value instanceof Set) return redactItems([...value], depth);
  const entries: [unknown, unknown][] =
    value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value);
  return redactEntries(entries, depth);
}

function redactItems(items: readonly unknown[], depth: number): unknown[] {
  return items.slice(0, maxItems).map((item) => redactValue(item, depth + 1));
}

function redactEntries(entries: readonly [unknown, unknown][], depth: number): object {
  return Object.fromEntries(
    entries.slice(0, maxItems).map(([key, item]) => {
      const name = redact(String(key));
      return [name, secretFieldName.test(name) ? redacted : redactValue(item, depth + 1)];
    }),
  );
}

/** Expected failures (CamgateError) need no stack; every other error is a defect, found by its stack. */
function redactError(error: Error, depth: number): object {
  const code = (error as { code?: unknown }).code;
  return {
    name: error.name,
    message: redact(error.message),
    ...(typeof code === 'string' && { code: redact(code) }),
    ...(!(error instanceof CamgateError) && error.stack && { stack: redact(error.stack) }),
    ...(error.cause !== undefined && { cause: redactValue(error.cause, depth + 1) }),
  };
}
