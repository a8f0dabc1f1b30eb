import type { CheckedStream } from '../check-client.ts';
import { probeMedia, type ProbedMedia } from './media-probe.ts';
import { readMediaPlaylist, type ReadSegment } from '../playlists/m3u8.ts';
import { readVariant } from '../playlists/multivariant-reader.ts';
import { checkMedia, checkRates, measureRates } from './number-rules.ts';
import { collect } from '../violations.ts';

/** Of fewer whole segments a server knows too little. */
const fewestSegments = 3;

/** Loads the multivariant playlist and everything that it leads to, and compares what it says with what is there. */
export class NumbersCheck {
  readonly #stream: CheckedStream;

  constructor(stream: CheckedStream) {
    this.#stream = stream;
  }

  async run(): Promise<void> {
    const before = await this.#variant();
    if (before === undefined) return;
    const url = new URL(before.uri, this.#stream.url);
    const answer = await this.#stream.client.get('playlist', url);
    if (answer.status !== 200) return;
    const playlist = readMediaPlaylist(answer.body.toString());
    // The text speaks of the newest encoder already, of which no segment is whole yet.
    if (playlist.open?.discontinuity) return;
    const segments = playlist.segments.filter((segment) => !segment.gap);
    const loaded = await Promise.all(
      segments.map(async (segment) => ({ segment, bytes: await this.#media(segment.uri, url) })),
    );
    // A list that has just begun may begin with the keyframe that is shown until the stream goes on: no measure of its
    // rate.
    const isBeginning = playlist.mediaSequence === 0;
    const whole = loaded.slice(isBeginning ? 1 : 0).filter(({ bytes }) => bytes.length > 0);
    // Before, a server can only guess; and what is not there is not for these rules.
    if (whole.length < fewestSegments || whole.length < loaded.length - (isBeginning ? 1 : 0))
      return;
    const after = await this.#variant();
    if (after?.uri !== before.uri) return;
    const rates = measureRates(
      whole.map(({ segment, bytes }) => ({ seconds: segment.duration, byteCount: bytes.length })),
      playlist.targetDuration,
    );
    const newest = newestRun(whole);
    const probed = await this.#probe(newest, url);
    const frameSeconds = newest.reduce((sum, { segment }) => sum + segment.duration, 0);
    // The stream goes on between the two texts: wrong is what both say.
    const lostMs = this.#stream.client.lostSince(performance.now() - 1000 * rates.seconds);
    const lostShare = lostMs / (1000 * rates.seconds);
    const found = [before, after].map((variant) =>
      collect((report) => {
        checkRates(variant, rates, { report, lostShare });
        if (probed) checkMedia(variant, { probed, frameSeconds }, { report, lostShare });
      }),
    );
    const [first = [], second = []] = found;
    for (const { rule, section, detail } of first) {
      if (second.some((other) => other.rule === rule)) this.#stream.report(rule, section, detail);
    }
  }

  async #probe(
    run: readonly { readonly segment: ReadSegment; readonly bytes: Buffer }[],
    url: URL,
  ): Promise<ProbedMedia | undefined> {
    const map = run[0]?.segment.map;
    if (map === undefined) return undefined;
    const init = await this.#media(map, url);
    try {
      return await probeMedia(Buffer.concat([init, ...run.map(({ bytes }) => bytes)]));
    } catch (error) {
      this.#stream.report('readable', '3', `${map}: ${String(error)}`);
      return undefined;
    }
  }

  async #variant() {
    const { status, body } = await this.#stream.client.get('multivariant', this.#stream.url);
    return status === 200 ? readVariant(body.toString()) : undefined;
  }

  async #media(uri: string | undefined, base: URL): Promise<Buffer> {
    const { body } = await this.#stream.client.get('media', new URL(uri ?? '', base));
    return body;
  }
}

/** The segments since the last discontinuity: one encoder, one size. */
function newestRun<T extends { readonly segment: ReadSegment }>(loaded: readonly T[]): T[] {
  const at = loaded.findLastIndex(({ segment }) => segment.discontinuity);
  return loaded.slice(Math.max(0, at));
}
