import type { PlaylistText } from '../../outputs/hls/window/window.ts';
import { CodingChoice, encodeText, minCodedBytes, type Coding } from '../pages/content-coding.ts';
import type { RawHeaders } from '../cors.ts';

/** A playlist as one kind of viewer gets it. */
export interface PlaylistAnswer {
  readonly etag: string;
  /** All but Content-Length and the cross-origin headers. */
  readonly headers: RawHeaders;
  readonly body: Buffer;
}

/**
 * The answer to a blocking request holds what its URL asks for, for ever; it only grows old. rfc8216bis advises caches
 * to keep it for six target durations, so that a cache in front asks once for all of its viewers.
 */
const keptTargetDurations = 6;

/** Turns playlist texts into answers. Each text is coded once per coding, and what was made is gone with the text. */
export class PlaylistAnswers {
  readonly #choice = new CodingChoice();
  readonly #made = new WeakMap<PlaylistText, Map<string, PlaylistAnswer>>();

  /** @param isBlocking the request had delivery directives that name a segment or a part */
  answerFor(
    text: PlaylistText,
    acceptEncoding: string | undefined,
    isBlocking: boolean,
  ): PlaylistAnswer {
    const coding =
      text.body.length < minCodedBytes ? 'identity' : this.#choice.choose(acceptEncoding);
    const answers = this.#made.get(text) ?? new Map<string, PlaylistAnswer>();
    this.#made.set(text, answers);
    const key = isBlocking ? `${coding} blocking` : coding;
    let answer = answers.get(key);
    if (answer === undefined) {
      answer = new CodedPlaylist(text, coding, isBlocking);
      answers.set(key, answer);
    }
    return answer;
  }
}

class CodedPlaylist implements PlaylistAnswer {
  readonly etag: string;
  readonly headers: RawHeaders;
  readonly #text: PlaylistText;
  readonly #coding: Coding;
  #body: Buffer | undefined;

  constructor(text: PlaylistText, coding: Coding, isBlocking: boolean) {
    this.#text = text;
    this.#coding = coding;
    // A validator names bytes (RFC 9110, 8.8.3.3), so each coding has its own.
    this.etag = coding === 'identity' ? text.etag : `${text.etag.slice(0, -1)}-${coding}"`;
    this.headers = [
      'Content-Type',
      'application/vnd.apple.mpegurl',
      'Cache-Control',
      cacheControl(text, isBlocking),
      'ETag',
      this.etag,
      'Vary',
      'Accept-Encoding',
      ...(coding === 'identity' ? [] : ['Content-Encoding', coding]),
    ];
  }

  /** Made when the first viewer needs it; an answer of 304 needs none. */
  get body(): Buffer {
    this.#body ??=
      this.#coding === 'identity' ? this.#text.body : encodeText(this.#text.body, this.#coding);
    return this.#body;
  }
}

/**
 * Without directives a playlist is different at every change: a browser asks each time and gets 304 if it is not, and a
 * shared cache may keep it for half a target duration, as rfc8216bis advises. A multivariant playlist names the life of
 * a window, which may be over at any time, so nobody keeps it.
 */
function cacheControl({ body }: PlaylistText, isBlocking: boolean): string {
  const targetDuration = readTargetDuration(body);
  if (targetDuration === undefined) return 'no-cache';
  if (isBlocking) return `public, max-age=${keptTargetDurations * targetDuration}`;
  return `public, max-age=0, s-maxage=${Math.floor(targetDuration / 2)}`;
}

/** EXT-X-TARGETDURATION stands in the first lines of every media playlist and in no other; whole seconds. */
function readTargetDuration(body: Buffer): number | undefined {
  const head = body.toString('latin1', 0, 256);
  const match = /^#EXT-X-TARGETDURATION:(\d+)$/m.exec(head);
  return match === null ? undefined : Number(match[1]);
}
