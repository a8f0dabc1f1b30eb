import { codecStringOf } from '../../../media/codec-strings.ts';
import type { Run } from '../../../media/frame.ts';
import { videoRangeOf } from '../../../media/nal/video-range.ts';
import type { Bandwidth } from '../window/bandwidth.ts';
import type { MultivariantPlaylist } from './playlist.ts';
import { renderMultivariantPlaylist } from './render-playlist.ts';
import type { PlaylistText, Rendition } from '../window/window.ts';

/** What the multivariant playlist is made from, as it stands now. */
export interface VariantFacts {
  readonly run: Pick<Run, 'video' | 'audio'>;
  readonly bandwidth: Bandwidth;
  readonly frameRate: number | undefined;
  /** Where to begin, in seconds from the first segment; undefined leaves it to the player. */
  readonly startOffsetSeconds: number | undefined;
}

interface MultivariantOptions {
  readonly life: string;
  readonly rendition: Rendition;
  readonly hasIndependentSegments: boolean;
}

/** Where the media playlist is, seen from the multivariant one, and the EXT-X-VERSION of both. */
const renditions: Readonly<Record<Rendition, { version: number; folder: string }>> = {
  live: { version: 9, folder: 'hls' },
  classic: { version: 6, folder: '../hls' },
  ts: { version: 3, folder: '../hls' },
};

/**
 * Rates that differ by less than this share count as equal: the text changes when the stream does, not with every
 * frame.
 */
const bandwidthTolerance = 0.1;
const frameRateTolerance = 0.015;

/**
 * The multivariant playlist of one rendition of a life: rendered again only when its values have changed noticeably.
 */
export class MultivariantText {
  readonly #options: MultivariantOptions;
  #playlist: MultivariantPlaylist | undefined;
  #text: PlaylistText | undefined;
  #count = 0;

  constructor(options: MultivariantOptions) {
    this.#options = options;
  }

  get(facts: VariantFacts): PlaylistText {
    const playlist = this.#describe(facts);
    if (this.#text && this.#playlist && isSame(this.#playlist, playlist)) return this.#text;
    const { life, rendition } = this.#options;
    this.#count += 1;
    this.#playlist = playlist;
    this.#text = {
      body: Buffer.from(renderMultivariantPlaylist(playlist)),
      etag: `"${life}-${rendition}-v${this.#count}"`,
    };
    return this.#text;
  }

  #describe(facts: VariantFacts): MultivariantPlaylist {
    const { video, audio } = facts.run;
    const { life, rendition, hasIndependentSegments } = this.#options;
    const { version, folder } = renditions[rendition];
    return {
      version,
      independentSegments: hasIndependentSegments,
      startOffset: facts.startOffsetSeconds,
      bandwidth: facts.bandwidth.peak,
      averageBandwidth: facts.bandwidth.average,
      codecs: [video, ...(audio ? [audio] : [])].map(codecStringOf),
      resolution: { width: video.width, height: video.height },
      frameRate: facts.frameRate,
      videoRange: videoRangeOf(video),
      uri: `${folder}/${life}/${rendition}.m3u8`,
    };
  }
}

function isSame(one: MultivariantPlaylist, other: MultivariantPlaylist): boolean {
  return (
    one.codecs.join() === other.codecs.join() &&
    one.startOffset === other.startOffset &&
    one.videoRange === other.videoRange &&
    one.resolution.width === other.resolution.width &&
    one.resolution.height === other.resolution.height &&
    isClose(one.bandwidth, other.bandwidth, bandwidthTolerance) &&
    isClose(one.averageBandwidth, other.averageBandwidth, bandwidthTolerance) &&
    isClose(one.frameRate ?? 0, other.frameRate ?? 0, frameRateTolerance)
  );
}

function isClose(one: number, other: number, tolerance: number): boolean {
  return Math.abs(one - other) <= tolerance * one;
}
