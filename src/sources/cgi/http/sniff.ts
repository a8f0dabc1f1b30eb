import { CgiAnswerError, parseCgiAnswer, type CgiValues } from '../cgi-answer.ts';

/**
 * What an answer really is, judged by its first bytes. Cameras say 200 to almost everything and their Content-Type is
 * often wrong (camera-protocol.md sections 1 and 9).
 */
export type MediaFormat = 'asf' | 'jpeg' | 'multipart';

export type TextAnswer =
  | { readonly kind: 'empty' }
  /** `File not found.`, how these cameras say 404. */
  | { readonly kind: 'not-found' }
  /** `Snapshot Failed.`: the encoder is busy or wedged. */
  | { readonly kind: 'snapshot-failed' }
  /** `Can't parse request.`: what a firmware without HTTP authentication says to an Authorization header. */
  | { readonly kind: 'cannot-parse' }
  /** A login form or an error page. */
  | { readonly kind: 'html' }
  /** JSON or `var` lines whose `error` is negative; the numbers differ between firmwares, only the sign counts. */
  | { readonly kind: 'error'; readonly code: number }
  | { readonly kind: 'values'; readonly values: CgiValues }
  | { readonly kind: 'unknown' };

/** ASF Header Object GUID 75B22630-668E-11CF-A6D9-00AA0062CE6C as it lies in the file (ASF specification 10.1). */
const asfHeaderGuid = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex');
/** SOI and the first byte of the marker that follows it in every JPEG. */
const jpegStart = Buffer.from([0xff, 0xd8, 0xff]);

/** This many blank bytes before the first meaningful one are still a blank line and not an answer. */
const maxBlankBytes = 1024;

/** Whether these first bytes begin media; `undecided` when more bytes are needed. */
export function sniffMedia(bytes: Buffer, contentType: string): MediaFormat | 'text' | 'undecided' {
  if (bytes.length === 0) return 'undecided';
  if (beginsLike(bytes, asfHeaderGuid)) return bytes.length >= 16 ? 'asf' : 'undecided';
  if (beginsLike(bytes, jpegStart)) return bytes.length >= 3 ? 'jpeg' : 'undecided';
  // The body of a multipart stream may begin with blank lines, without its first boundary, or with junk.
  const start = bytes.subarray(0, maxBlankBytes).toString('latin1').trimStart();
  if (start === '') return bytes.length < maxBlankBytes ? 'undecided' : 'text';
  if (/^(--|content-(type|length)[ \t]*:)/i.test(start)) return 'multipart';
  if (/^multipart\//i.test(contentType)) return sniffDeclared(start);
  const isBeginning = ['--', 'content-type:', 'content-length:'].some((word) =>
    word.startsWith(start.toLowerCase()),
  );
  return isBeginning ? 'undecided' : 'text';
}

/** Says what a whole small answer is that began like no media. */
export function classifyText(text: string): TextAnswer {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'empty' };
  const phrase = phrases.find(([beginning]) => trimmed.startsWith(beginning));
  if (phrase !== undefined) return { kind: phrase[1] };
  if (/^(<!doctype|<\?xml|<html|<head|<body|<script|<meta|<!--)/i.test(trimmed)) {
    return { kind: 'html' };
  }
  return classifyValues(trimmed);
}

const phrases = [
  ['File not found', 'not-found'],
  ['Snapshot Failed', 'snapshot-failed'],
  ["Can't parse request", 'cannot-parse'],
] as const;

/** An answer in words under the Content-Type of the stream that was asked for, told from junk before the first part. */
const textBeginnings = [...phrases.map(([beginning]) => beginning), '{', '[', '<', 'var '];

function sniffDeclared(start: string): 'multipart' | 'text' | 'undecided' {
  if (textBeginnings.some((beginning) => start.startsWith(beginning))) return 'text';
  const mayBecomeText = textBeginnings.some((beginning) => beginning.startsWith(start));
  return mayBecomeText ? 'undecided' : 'multipart';
}

function classifyValues(text: string): TextAnswer {
  try {
    const values = parseCgiAnswer(text);
    const error = Number(values.get('error') ?? 0);
    return error < 0 ? { kind: 'error', code: error } : { kind: 'values', values };
  } catch (error) {
    if (error instanceof CgiAnswerError) return { kind: 'unknown' };
    throw error;
  }
}

function beginsLike(bytes: Buffer, magic: Buffer): boolean {
  const length = Math.min(bytes.length, magic.length);
  return bytes.subarray(0, length).equals(magic.subarray(0, length));
}
