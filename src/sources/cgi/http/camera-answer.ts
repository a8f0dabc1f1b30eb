import { usualUserAgent } from '../../../config/config.ts';
import { UpstreamError } from '../../../lib/errors.ts';
import type { CookieJar } from './cookies.ts';
import { withDeadline } from './deadline.ts';
import { exchange, type HttpAnswer, type HttpRequest } from './http-exchange.ts';
import type { HttpHeaders } from './http-head.ts';
import type { IntakeBudget } from './intake-budget.ts';
import { asksForLogin } from './login-words.ts';
import { classifyText, sniffMedia, type MediaFormat, type TextAnswer } from './sniff.ts';
import type { UpstreamTimeouts } from './timeouts.ts';

/** Small answers have some hundred bytes; get_params of a big camera has 20 KiB. */
const maxTextBytes = 64 * 1024;

/** An open answer that has begun with media. The receiver must read or close it. */
export interface MediaAnswer {
  readonly type: 'media';
  readonly format: MediaFormat;
  readonly headers: HttpHeaders;
  /** From the first byte; as HttpAnswer.body. */
  readonly body: AsyncIterable<Buffer>;
  /** The one that the request came with, for what the media costs besides its bytes. */
  readonly budget: IntakeBudget | undefined;
  close(): void;
}

/** A small answer, read to its end (without a body for other statuses than 2xx); the connection is closed. */
export interface SmallAnswer {
  readonly type: 'text';
  /** What was asked; carries credentials if the request did. */
  readonly url: URL;
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly content: TextAnswer;
  /** Why it is no media, where it says in words, with status 200, that the caller has to log in. */
  readonly loginFailure?: 'wrong-password' | 'no-password' | undefined;
}

export type CameraAnswer = MediaAnswer | SmallAnswer;

/** What all requests to one camera have in common. */
export interface Asking {
  readonly timeouts: UpstreamTimeouts;
  /** undefined: no bound. */
  readonly budget?: IntakeBudget | undefined;
  readonly userAgent?: string | undefined;
  /** A user name is configured; false. */
  readonly hasAccount?: boolean;
  /** undefined: none are kept. */
  readonly cookies?: CookieJar | undefined;
}

export type CameraRequest = Pick<HttpRequest, 'url' | 'authorization'>;

/**
 * One request, and its answer judged by status and first bytes. Only an answer of status 2xx whose bytes begin like
 * media is media, whatever its Content-Type says.
 *
 * @throws UpstreamError unreachable, timeout, closed, bad-answer; or the signal's reason.
 */
export async function ask(
  request: CameraRequest,
  asking: Asking,
  signal: AbortSignal,
): Promise<CameraAnswer> {
  const { url, authorization } = request;
  const { budget, cookies, timeouts, userAgent = usualUserAgent } = asking;
  const cookie = cookies?.header(url) ?? '';
  const answer = await exchange(
    { url, authorization, userAgent, cookie, budget },
    timeouts,
    signal,
  );
  cookies?.take(url, answer.headers);
  try {
    return await judge(answer, asking, signal);
  } catch (error) {
    answer.close();
    throw error;
  }
}

async function judge(
  answer: HttpAnswer,
  { timeouts, budget, hasAccount = false }: Asking,
  signal: AbortSignal,
): Promise<CameraAnswer> {
  if (answer.status < 200 || answer.status >= 300) {
    // The status says enough; a body that some cameras send with a 401 adds nothing and may not end.
    answer.close();
    return smallAnswer(answer, { kind: 'empty' });
  }
  const chunks = answer.body[Symbol.asyncIterator]();
  const limit = {
    ms: timeouts.firstBytesMs,
    timeoutError: () =>
      new UpstreamError('timeout', 'the camera opened the stream but sends nothing'),
  };
  const begun = await withDeadline([signal], limit, (limited) =>
    closingOnAbort(answer, limited, () => readBeginning(answer, chunks)),
  );
  const body = joined(begun.bytes, chunks);
  const close = (): void => answer.close();
  if (begun.format !== 'text') {
    return { type: 'media', format: begun.format, headers: answer.headers, body, budget, close };
  }
  const text = await readText({ body, close }, timeouts.answerMs, signal);
  const loginFailure = hasAccount ? 'wrong-password' : 'no-password';
  return smallAnswer(answer, classifyText(text), asksForLogin(text) ? loginFailure : undefined);
}

function smallAnswer(
  { url, status, headers }: HttpAnswer,
  content: TextAnswer,
  loginFailure?: SmallAnswer['loginFailure'],
): SmallAnswer {
  return { type: 'text', url, status, headers, content, loginFailure };
}

/** The text of a small answer, cut at the limit. @throws as readUntil. */
async function readText(
  answer: Pick<HttpAnswer, 'body' | 'close'>,
  ms: number,
  signal: AbortSignal,
): Promise<string> {
  const pieces: Buffer[] = [];
  let byteCount = 0;
  const isEnough = (chunk: Buffer): boolean => {
    pieces.push(chunk);
    byteCount += chunk.length;
    return byteCount >= maxTextBytes;
  };
  await readUntil(answer, { ms, isEnough }, signal);
  return Buffer.concat(pieces).toString('utf8', 0, maxTextBytes);
}

/**
 * Reads the body until `isEnough` says so or it ends, and closes the answer. A camera that forgets to close the
 * connection is not a failure: what has come when the time is over is all there is.
 *
 * @throws UpstreamError timeout (nothing came), closed; or the signal's reason.
 */
export async function readUntil(
  answer: Pick<HttpAnswer, 'body' | 'close'>,
  limit: { readonly ms: number; readonly isEnough: (chunk: Buffer) => boolean },
  signal: AbortSignal,
): Promise<void> {
  let byteCount = 0;
  const timeoutError = new UpstreamError('timeout', 'the camera began an answer but sends nothing');
  const read = async (): Promise<void> => {
    for await (const chunk of answer.body) {
      byteCount += chunk.length;
      if (limit.isEnough(chunk)) return;
    }
  };
  try {
    await withDeadline([signal], { ms: limit.ms, timeoutError: () => timeoutError }, (limited) =>
      closingOnAbort(answer, limited, read),
    );
  } catch (error) {
    if (error !== timeoutError || byteCount === 0) throw error;
  } finally {
    answer.close();
  }
}

/** Runs `read` so that an abort closes the answer, which ends the read, and then throws the signal's reason. */
async function closingOnAbort<T>(
  answer: Pick<HttpAnswer, 'close'>,
  signal: AbortSignal,
  read: () => Promise<T>,
): Promise<T> {
  const onAbort = (): void => answer.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const result = await read();
    signal.throwIfAborted();
    return result;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

interface Beginning {
  readonly format: MediaFormat | 'text';
  readonly bytes: Buffer;
}

/** Reads until the bytes say what they are; the sniffer decides within about a kilobyte. */
async function readBeginning(
  answer: HttpAnswer,
  chunks: AsyncIterator<Buffer>,
): Promise<Beginning> {
  let bytes: Buffer = Buffer.alloc(0);
  for (;;) {
    const result = await chunks.next();
    if (result.done === true) return { format: 'text', bytes };
    bytes = Buffer.concat([bytes, result.value]);
    const format = sniffMedia(bytes, answer.headers.get('content-type'));
    if (format !== 'undecided') return { format, bytes };
  }
}

async function* joined(
  first: Buffer,
  rest: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    if (first.length > 0) yield first;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    await rest.return?.();
  }
}
