import { setTimeout as delay } from 'node:timers/promises';
import { UpstreamError } from '../lib/errors.ts';
import { readUntil, type CameraAnswer, type MediaAnswer } from './camera-answer.ts';
import { JpegUnitReader } from './media-units.ts';
import { refusalOf } from './refusals.ts';
import { streamBatches } from './stream-session.ts';
import type { UpstreamBatch, UpstreamSession, UpstreamUnit } from './upstream.ts';

/**
 * From the start of one request to the start of the next: 2.5 pictures a second. Faster than four for some minutes and
 * the encoder of one known camera hangs until it is switched off and on (camera-protocol.md section 6).
 */
const pollIntervalMs = 400;
/** Longest pause while the camera says `Snapshot Failed.`: doubling from the interval, four times. */
const maxPauseMs = 6_400;

export interface StillSource {
  readonly via: UpstreamSession['via'];
  /** Asks for the next picture. */
  readonly ask: (signal: AbortSignal) => Promise<CameraAnswer>;
  /** Longest time for one picture after its first bytes, in milliseconds. */
  readonly pictureMs: number;
  /** The answer to the first ask(), which has begun like a JPEG. */
  readonly first: MediaAnswer;
  /** The first answer is one picture for certain. */
  readonly isSingle: boolean;
  /** When the first answer began, by performance.now(): negotiating may have taken several requests before it. */
  readonly firstAnsweredAtMs: number;
}

/**
 * A session of single pictures, asked for one after the other. An address that does not say whether it is one picture
 * or pictures without end is read as a stream first; if that ends after one picture, it was a single one.
 */
export function stillSession(source: StillSource): UpstreamSession {
  const ended = new AbortController();
  const batches = source.isSingle
    ? stillBatches(source, ended.signal)
    : undeclaredBatches(source, ended.signal);
  return {
    via: source.via,
    media: 'jpeg',
    batches: quietAfter(ended.signal, batches),
    close: () => {
      ended.abort();
      source.first.close();
      return Promise.resolve();
    },
  };
}

async function* undeclaredBatches(
  source: StillSource,
  signal: AbortSignal,
): AsyncGenerator<UpstreamBatch, void, undefined> {
  let pictureCount = 0;
  for await (const batch of streamBatches(source.first)) {
    pictureCount += batch.units.filter(({ type }) => type === 'jpeg').length;
    yield batch;
  }
  if (pictureCount === 1) yield* pollBatches(source, source.firstAnsweredAtMs, signal);
}

async function* stillBatches(
  source: StillSource,
  signal: AbortSignal,
): AsyncGenerator<UpstreamBatch, void, undefined> {
  yield await pictureBatch(source, source.first, signal);
  yield* pollBatches(source, source.firstAnsweredAtMs, signal);
}

async function* pollBatches(
  source: StillSource,
  lastAskedAtMs: number,
  signal: AbortSignal,
): AsyncGenerator<UpstreamBatch, void, undefined> {
  let askedAtMs = lastAskedAtMs;
  let pauseMs = pollIntervalMs;
  for (;;) {
    await delay(Math.max(0, askedAtMs + pauseMs - performance.now()), undefined, { signal });
    askedAtMs = performance.now();
    const answer = await source.ask(signal);
    if (answer.type === 'media') {
      pauseMs = pollIntervalMs;
      yield await pictureBatch(source, answer, signal);
    } else if (answer.content.kind === 'snapshot-failed') {
      pauseMs = Math.min(2 * pauseMs, maxPauseMs);
      yield {
        byteCount: 0,
        units: [{ type: 'corrupt', what: 'the camera could not take a picture' }],
      };
    } else {
      throw refusalOf(answer);
    }
  }
}

async function pictureBatch(
  { pictureMs }: StillSource,
  answer: MediaAnswer,
  signal: AbortSignal,
): Promise<UpstreamBatch> {
  if (answer.format !== 'jpeg') {
    answer.close();
    throw new UpstreamError('bad-answer', 'the camera answered with a stream instead of a picture');
  }
  const reader = new JpegUnitReader(undefined);
  const units: UpstreamUnit[] = [];
  let byteCount = 0;
  // The picture tells its own end: some servers keep the connection open behind it.
  const isEnough = (chunk: Buffer): boolean => {
    byteCount += chunk.length;
    units.push(...reader.push(chunk));
    return units.length > 0;
  };
  await readUntil(answer, { ms: pictureMs, isEnough }, signal);
  if (units.length === 0) units.push({ type: 'corrupt', what: 'a picture without its end' });
  return { byteCount, units };
}

/** After close() the consumer sees the end and not the abort that caused it. */
async function* quietAfter(
  signal: AbortSignal,
  batches: AsyncIterable<UpstreamBatch>,
): AsyncGenerator<UpstreamBatch, void, undefined> {
  try {
    yield* batches;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
