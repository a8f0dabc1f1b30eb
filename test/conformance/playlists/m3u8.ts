/**
 * A small reader of live media playlists, written from rfc8216bis and sharing nothing with src/hls: what the product
 * renders is judged by other eyes. It keeps everything that the rules look at, wrong values included.
 */

export interface ReadPart {
  readonly uri: string;
  readonly duration: number;
  readonly independent: boolean;
  readonly gap: boolean;
}

export interface ReadSegment {
  readonly msn: number;
  /** undefined while the segment is still being made. */
  readonly uri: string | undefined;
  /** EXTINF; of an open segment the sum of its parts. */
  readonly duration: number;
  readonly parts: readonly ReadPart[];
  /** EXT-X-DISCONTINUITY stands before it. */
  readonly discontinuity: boolean;
  /** How often. */
  readonly discontinuityTagCount: number;
  /** The init segment that applies; undefined without one. */
  readonly map: string | undefined;
  /** EXT-X-MAP is written at this segment. */
  readonly hasMapTag: boolean;
  readonly programDateTimeMs: number | undefined;
  /** EXT-X-GAP: the media is missing and nobody should ask for it. */
  readonly gap: boolean;
  /** Tags that apply to the segment but stand behind one of its parts. */
  readonly lateTags: readonly string[];
}

export interface ReadPlaylist {
  readonly firstLine: string;
  readonly version: number;
  readonly targetDuration: number;
  readonly partTarget: number | undefined;
  readonly serverControl: ReadonlyMap<string, string>;
  readonly mediaSequence: number;
  /** undefined: the tag is missing. */
  readonly discontinuitySequence: number | undefined;
  readonly isIndependent: boolean;
  readonly skippedCount: number;
  /** Complete segments that are written out (not the skipped ones). */
  readonly segments: readonly ReadSegment[];
  readonly open: ReadSegment | undefined;
  /** EXT-X-DISCONTINUITY tags behind the last segment, with nothing of the next one yet. */
  readonly trailingDiscontinuityTagCount: number;
  readonly preloadHints: readonly { readonly type: string; readonly uri: string }[];
}

/** What has been read of a segment whose URI line has not come yet. */
interface Draft {
  parts: ReadPart[];
  discontinuityTagCount: number;
  map: string | undefined;
  programDateTimeMs: number | undefined;
  extinf: number | undefined;
  gap: boolean;
  lateTags: string[];
}

export function readMediaPlaylist(text: string): ReadPlaylist {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const header = new Map<string, string>();
  const segments: ReadSegment[] = [];
  const preloadHints: { type: string; uri: string }[] = [];
  let draft = emptyDraft();
  let currentMap: string | undefined;
  const firstMsn = (): number =>
    Number(header.get('EXT-X-MEDIA-SEQUENCE') ?? '0') +
    Number(readAttributes(header.get('EXT-X-SKIP') ?? '').get('SKIPPED-SEGMENTS') ?? '0');
  const finish = (uri: string | undefined): ReadSegment => {
    currentMap = draft.map ?? currentMap;
    const { parts, discontinuityTagCount, programDateTimeMs, lateTags, extinf, gap } = draft;
    const segment: ReadSegment = {
      msn: firstMsn() + segments.length,
      uri,
      duration: extinf ?? parts.reduce((sum, part) => sum + part.duration, 0),
      parts,
      discontinuity: discontinuityTagCount > 0,
      discontinuityTagCount,
      map: currentMap,
      hasMapTag: draft.map !== undefined,
      programDateTimeMs,
      gap,
      lateTags,
    };
    draft = emptyDraft();
    return segment;
  };
  for (const line of lines) {
    if (!line.startsWith('#')) {
      segments.push(finish(line));
      continue;
    }
    const [tag, value] = splitTag(line);
    if (tag === 'EXT-X-PRELOAD-HINT') {
      const attributes = readAttributes(value);
      preloadHints.push({
        type: attributes.get('TYPE') ?? '',
        uri: attributes.get('URI') ?? '',
      });
    } else if (!readSegmentTag(draft, tag, value)) {
      header.set(tag, value);
    }
  }
  const trailingDiscontinuityTagCount = isBegun(draft) ? 0 : draft.discontinuityTagCount;
  const open = isBegun(draft) ? finish(undefined) : undefined;
  const body = { segments, open, trailingDiscontinuityTagCount, preloadHints };
  return { ...readHeader(lines[0] ?? '', header), ...body };
}

function readHeader(
  firstLine: string,
  header: ReadonlyMap<string, string>,
): Omit<ReadPlaylist, 'segments' | 'open' | 'trailingDiscontinuityTagCount' | 'preloadHints'> {
  const partTarget = readAttributes(header.get('EXT-X-PART-INF') ?? '').get('PART-TARGET');
  const discontinuitySequence = header.get('EXT-X-DISCONTINUITY-SEQUENCE');
  const skipped = readAttributes(header.get('EXT-X-SKIP') ?? '').get('SKIPPED-SEGMENTS');
  return {
    firstLine,
    version: Number(header.get('EXT-X-VERSION') ?? '1'),
    targetDuration: Number(header.get('EXT-X-TARGETDURATION') ?? 'NaN'),
    partTarget: partTarget === undefined ? undefined : Number(partTarget),
    serverControl: readAttributes(header.get('EXT-X-SERVER-CONTROL') ?? ''),
    mediaSequence: Number(header.get('EXT-X-MEDIA-SEQUENCE') ?? '0'),
    discontinuitySequence:
      discontinuitySequence === undefined ? undefined : Number(discontinuitySequence),
    isIndependent: header.has('EXT-X-INDEPENDENT-SEGMENTS'),
    skippedCount: Number(skipped ?? '0'),
  };
}

function emptyDraft(): Draft {
  return {
    parts: [],
    discontinuityTagCount: 0,
    map: undefined,
    programDateTimeMs: undefined,
    extinf: undefined,
    gap: false,
    lateTags: [],
  };
}

/** More is there of the segment than a discontinuity before it. */
function isBegun({ parts, map, programDateTimeMs }: Draft): boolean {
  return parts.length > 0 || map !== undefined || programDateTimeMs !== undefined;
}

/** Whether the tag belongs to a segment. */
function readSegmentTag(draft: Draft, tag: string, value: string): boolean {
  switch (tag) {
    case 'EXTINF':
      draft.extinf = Number.parseFloat(value);
      return true;
    case 'EXT-X-PART':
      draft.parts.push(readPart(value));
      return true;
    case 'EXT-X-DISCONTINUITY':
      draft.discontinuityTagCount += 1;
      break;
    case 'EXT-X-GAP':
      draft.gap = true;
      return true;
    case 'EXT-X-MAP':
      draft.map = readAttributes(value).get('URI');
      break;
    case 'EXT-X-PROGRAM-DATE-TIME':
      draft.programDateTimeMs = Date.parse(value);
      break;
    default:
      return false;
  }
  if (draft.parts.length > 0) draft.lateTags.push(tag);
  return true;
}

function readPart(value: string): ReadPart {
  const attributes = readAttributes(value);
  return {
    uri: attributes.get('URI') ?? '',
    duration: Number(attributes.get('DURATION') ?? 'NaN'),
    independent: attributes.get('INDEPENDENT') === 'YES',
    gap: attributes.get('GAP') === 'YES',
  };
}

function splitTag(line: string): [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line.slice(1), ''] : [line.slice(1, colon), line.slice(colon + 1)];
}

/** Attribute lists of 4.2: `NAME=value` or `NAME="quoted, with commas"`. */
export function readAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const match of text.matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^,]*))/g)) {
    attributes.set(match[1] ?? '', match[2] ?? match[3] ?? '');
  }
  return attributes;
}
