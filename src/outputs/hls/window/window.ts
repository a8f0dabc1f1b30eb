import type { FileHandle } from 'node:fs/promises';

/** What the HTTP room needs of a camera's live window; live-window.ts is the implementation. */

/** A playlist text, rendered once per change and shared by every viewer. */
export interface PlaylistText {
  readonly body: Buffer;
  /** Strong validator with quotes. */
  readonly etag: string;
}

/** Init segment, segment or part: immutable once it exists. */
export type MediaResource = MemoryMedia | FileMedia;

export interface MemoryMedia {
  readonly kind: 'memory';
  readonly contentType: 'video/mp4' | 'video/mp2t';
  /** Shared memory, in order; never copied per viewer. */
  readonly chunks: readonly Buffer[];
  readonly byteLength: number;
}

/** Bytes of a file: a whole segment, or the part that lies in it from `start` on. */
export interface FileMedia {
  readonly kind: 'file';
  readonly contentType: 'video/mp4';
  readonly start: number;
  readonly byteLength: number;
  /** To be closed by the caller. Rejects with media-gone when the file is not there any more. */
  readonly open: () => Promise<FileHandle>;
}

/** The delivery directives of rfc8216bis 6.2.5 as they came in the query, still text. */
export interface PlaylistQuery {
  readonly msn: string | undefined;
  readonly part: string | undefined;
  readonly skip: string | undefined;
}

/** The forms of a window without low-latency tags: the same fMP4 segments, or MPEG-TS made of them. */
export type ClassicRendition = 'classic' | 'ts';
export type Rendition = 'live' | ClassicRendition;

export interface LiveWindowView {
  /** Part of the media URLs, unique per boot and playlist life: letters and digits. */
  readonly life: string;
  /** Nothing can be played yet (no part exists). */
  readonly isEmpty: boolean;
  /** Throws camera-connecting while the window is empty, ts-unsupported for what MPEG-TS cannot carry. */
  multivariantPlaylist(rendition?: Rendition): PlaylistText;
  /** What the answer to this query depends on: equal keys wait for equal answers. Throws query-invalid. */
  playlistKey(query: PlaylistQuery): string;
  /**
   * The media playlist, at once where it can be answered, else when the asked part exists.
   * Throws or rejects: query-invalid (400), playlist-timeout (503, after three target durations), or the signal's
   * reason.
   */
  mediaPlaylist(query: PlaylistQuery, signal: AbortSignal): PlaylistText | Promise<PlaylistText>;
  /**
   * The media playlist of whole segments alone, waiting (6 s at most) for as many as players start with.
   * Throws or rejects: ts-unsupported (404), playlist-timeout (503), or the signal's reason.
   */
  classicPlaylist(
    rendition: ClassicRendition,
    signal: AbortSignal,
  ): PlaylistText | Promise<PlaylistText>;
  /**
   * A resource by its file name (`init-0.mp4`, segment `42.m4s` or `42.ts`, part `part-215.m4s`: parts count through
   * the whole life). The hinted next part is waited for. undefined: it never existed or is gone.
   */
  media(name: string, signal: AbortSignal): MediaResource | Promise<MediaResource> | undefined;
}
