import type {
  MediaPlaylist,
  MultivariantPlaylist,
  OpenSegment,
  PlaylistPart,
  PlaylistSegment,
  SegmentHead,
} from './playlist.ts';

/** EXT-X-VERSION 9: EXT-X-SKIP is in use (rfc8216bis 8). */
const version = 9;

/**
 * Every segment begins with a keyframe (4.4.2.1). A playlist must not gain or lose the tag (6.2.1), so it stands
 * where our own encoder makes the keyframes. A camera whose GOP grows beyond TARGETDURATION would break the promise
 * at will: INDEPENDENT=YES of each part says the same there, where it is true.
 */
export const independentSegmentsTag = '#EXT-X-INDEPENDENT-SEGMENTS';

const discontinuityTag = '#EXT-X-DISCONTINUITY\n';

/** Lines of closed segments, which never change, so that a new part costs only its own line. */
export type SegmentLines = WeakMap<PlaylistSegment, string>;

/** `skippedCount` segments at the front are replaced by EXT-X-SKIP (4.4.5.2); 0 renders the whole playlist. */
export function renderMediaPlaylist(
  playlist: MediaPlaylist,
  skippedCount: number,
  lines: SegmentLines = new WeakMap(),
): string {
  let text = renderHeader(playlist);
  let previous: SegmentHead | undefined;
  if (skippedCount > 0) {
    text += `#EXT-X-SKIP:SKIPPED-SEGMENTS=${skippedCount}\n`;
    previous = playlist.segments[skippedCount - 1];
  }
  for (let index = skippedCount; index < playlist.segments.length; index += 1) {
    const segment = playlist.segments[index];
    if (segment === undefined) break;
    text += renderMap(segment, previous) + renderSegment(segment, lines);
    previous = segment;
  }
  if (playlist.open) text += renderMap(playlist.open, previous) + renderOpen(playlist.open);
  // Before the hint, since hls.js 1.6 takes it for a part of the segment so far and stops for good when it was not.
  if (playlist.endsInDiscontinuity) text += discontinuityTag;
  return `${text}#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${playlist.preloadHint}"\n`;
}

function renderHeader(playlist: MediaPlaylist): string {
  const { canSkipUntil, holdBack, partHoldBack } = playlist.serverControl;
  const control = [
    'CAN-BLOCK-RELOAD=YES',
    `CAN-SKIP-UNTIL=${short(canSkipUntil)}`,
    `HOLD-BACK=${short(holdBack)}`,
    `PART-HOLD-BACK=${short(partHoldBack)}`,
  ];
  const head = [
    '#EXTM3U',
    `#EXT-X-VERSION:${version}`,
    ...(playlist.independentSegments ? [independentSegmentsTag] : []),
    `#EXT-X-TARGETDURATION:${playlist.targetDuration}`,
    `#EXT-X-SERVER-CONTROL:${control.join(',')}`,
    `#EXT-X-PART-INF:PART-TARGET=${short(playlist.partTarget)}`,
    `#EXT-X-MEDIA-SEQUENCE:${playlist.mediaSequence}`,
    // Always there: segments will be removed, some with a DISCONTINUITY tag (rfc8216bis 6.2.2).
    `#EXT-X-DISCONTINUITY-SEQUENCE:${playlist.discontinuitySequence}`,
  ];
  return `${head.join('\n')}\n`;
}

/** DISCONTINUITY and MAP depend on what was written before, so they are no part of a segment's remembered lines. */
function renderMap(segment: SegmentHead, previous: SegmentHead | undefined): string {
  const discontinuity = segment.discontinuity ? discontinuityTag : '';
  const isNew = segment.discontinuity || segment.map !== previous?.map;
  return discontinuity + (isNew ? `#EXT-X-MAP:URI="${segment.map}"\n` : '');
}

function renderSegment(segment: PlaylistSegment, lines: SegmentLines): string {
  const known = lines.get(segment);
  if (known !== undefined) return known;
  const gap = segment.isGap ? '#EXT-X-GAP\n' : '';
  const text = `${renderOpen(segment)}${gap}#EXTINF:${segment.duration.toFixed(5)},\n${segment.uri}\n`;
  lines.set(segment, text);
  return text;
}

function renderOpen(segment: OpenSegment): string {
  const time = new Date(segment.programDateTime).toISOString();
  return `#EXT-X-PROGRAM-DATE-TIME:${time}\n${segment.parts.map(renderPart).join('')}`;
}

function renderPart(part: PlaylistPart): string {
  const independent = part.independent ? ',INDEPENDENT=YES' : '';
  const gap = part.isGap ? ',GAP=YES' : '';
  return `#EXT-X-PART:DURATION=${part.duration.toFixed(5)},URI="${part.uri}"${independent}${gap}\n`;
}

export function renderMultivariantPlaylist(playlist: MultivariantPlaylist): string {
  const { width, height } = playlist.resolution;
  const attributes = [
    `BANDWIDTH=${playlist.bandwidth}`,
    `AVERAGE-BANDWIDTH=${playlist.averageBandwidth}`,
    `CODECS="${playlist.codecs.join(',')}"`,
    `RESOLUTION=${width}x${height}`,
  ];
  if (playlist.frameRate !== undefined) {
    attributes.push(`FRAME-RATE=${playlist.frameRate.toFixed(3)}`);
  }
  if (playlist.videoRange !== undefined) attributes.push(`VIDEO-RANGE=${playlist.videoRange}`);
  const { version, independentSegments, startOffset, uri } = playlist;
  const head = [
    '#EXTM3U',
    `#EXT-X-VERSION:${version}`,
    ...(independentSegments ? [independentSegmentsTag] : []),
    ...(startOffset === undefined ? [] : [`#EXT-X-START:TIME-OFFSET=${short(startOffset)}`]),
  ];
  return `${head.join('\n')}\n#EXT-X-STREAM-INF:${attributes.join(',')}\n${uri}\n`;
}

/** At most three decimals, none that say nothing: every target is whole milliseconds. */
function short(seconds: number): string {
  return String(Math.round(seconds * 1000) / 1000);
}
