import { setTimeout as delay } from 'node:timers/promises';
import { UpstreamError } from '../../../lib/errors.ts';
import { readUntil, type CameraAnswer, type MediaAnswer } from '../http/camera-answer.ts';
import type { SourceBatch, SourceEvent } from '../../source.ts';
import { JpegEventReader } from './jpeg-events.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import { PollPace } from './poll-pace.ts';
import { refusalOf } from '../refusals.ts';
import { streamBatches } from './stream-session.ts';
import type { UpstreamSession } from '../cgi-session-types.ts';

export interface StillSource {
  readonly via: UpstreamSession['via'];
  /** From the start of one request to the start of the next, in milliseconds. */
  readonly paceMs: number;
  /** Asks for the next still. */
  readonly ask: (signal: AbortSignal) => Promise<CameraAnswer>;
  /** Longest time for one picture after its first bytes, in milliseconds. */
  readonly stillMs: number;
  /** The answer to the first ask(), which has begun like a JPEG. */
  readonly first: MediaAnswer;
  /** The first answer is one picture for certain. */
  readonly isSingle: boolean;
  /** When the first answer began, by performance.now(): negotiating may have taken several requests before it. */
  readonly firstAnsweredAtMs: number;
}

/**
 * A session of stills, asked for one after the other. An address that does not say whether it is one still
 * or pictures without end is read as a stream first; if that ends after one picture, it was a single one.
 */
export function stillSession(source: StillSource): UpstreamSession {
  const ended = new AbortController();
  const { signal } = ended;
  const pace = new PollPace(source.paceMs);
  let isPolled = source.isSingle;
  const poll = (): AsyncIterable<SourceBatch> => {
    isPolled = true;
    return pollBatches(source, pace, signal);
  };
  const batches = source.isSingle
    ? stillBatches(source, poll, signal)
    : undeclaredBatches(source, poll);
  return {
    via: source.via,
    get paceMs() {
      return isPolled ? pace.pauseMs : undefined;
    },
    batches: quietAfter(signal, batches),
    close: () => {
      ended.abort();
      source.first.close();
      return Promise.resolve();
    },
  };
}

async function* undeclaredBatches(
  source: StillSource,
  poll: () => AsyncIterable<SourceBatch>,
): AsyncGenerator<SourceBatch, void, undefined> {
  let frameCount = 0;
  for await (const batch of streamBatches(source.first)) {
    frameCount += batch.events.filter(({ type }) => type === 'frame').length;
    yield batch;
  }
  if (frameCount === 1) yield* poll();
}

async function* stillBatches(
  source: StillSource,
  poll: () => AsyncIterable<SourceBatch>,
  signal: AbortSignal,
): AsyncGenerator<SourceBatch, void, undefined> {
  yield await stillBatch(source, source.first, signal);
  yield* poll();
}

async function* pollBatches(
  source: StillSource,
  pace: PollPace,
  signal: AbortSignal,
): AsyncGenerator<SourceBatch, void, undefined> {
  let lastAtMs = source.firstAnsweredAtMs;
  for (;;) {
    const waitMs = lastAtMs + pace.pauseMs - performance.now();
    await delay(Math.max(0, waitMs), undefined, { signal });
    lastAtMs = performance.now();
    const answer = await source.ask(signal);
    if (answer.type === 'media') {
      pace.stillCame();
      yield await stillBatch(source, answer, signal);
    } else if (answer.content.kind === 'snapshot-failed') {
      pace.stillFailed();
      const what = 'the camera could not take a still';
      yield { byteCount: 0, events: [{ type: 'corrupt', what }] };
    } else {
      const askedForMs = retryAfterMs(answer);
      if (askedForMs === undefined || !pace.slowDown(askedForMs)) throw refusalOf(answer);
      lastAtMs = performance.now();
      // A sign of life.
      yield { byteCount: 0, events: [] };
    }
  }
}

async function stillBatch(
  { stillMs }: StillSource,
  answer: MediaAnswer,
  signal: AbortSignal,
): Promise<SourceBatch> {
  if (answer.format !== 'jpeg') {
    answer.close();
    throw new UpstreamError('bad-answer', 'the camera answered with a stream instead of a still');
  }
  const reader = new JpegEventReader(undefined);
  const events: SourceEvent[] = [];
  let byteCount = 0;
  // The still tells its own end: some servers keep the connection open behind it.
  const isEnough = (chunk: Buffer): boolean => {
    byteCount += chunk.length;
    events.push(...reader.push(chunk));
    return events.length > 0;
  };
  await readUntil(answer, { ms: stillMs, isEnough }, signal);
  if (events.length === 0) events.push({ type: 'corrupt', what: 'a still without its end' });
  return { byteCount, events };
}

/** After close() the consumer sees the end and not the abort that caused it. */
async function* quietAfter(
  signal: AbortSignal,
  batches: AsyncIterable<SourceBatch>,
): AsyncGenerator<SourceBatch, void, undefined> {
  try {
    yield* batches;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
