import type { AsfHeader, AsfMediaObject, AsfStream } from '../../../../../src/media/asf/asf.ts';
import { AsfReader } from '../../../../../src/media/asf/asf-reader.ts';
import type { Frame, Track } from '../../../../../src/media/frame.ts';
import { matroskaFrame, matroskaHead } from '../../../../../src/media/matroska/matroska-writer.ts';
import { AsfObjectEvents } from '../../../../../src/sources/cgi/ways/asf-events.ts';
import type { SourceEvent, SourceFrame, SourceTracks } from '../../../../../src/sources/source.ts';

export const toPipe = ['-f', 'asf', 'pipe:1'];
export const picture = (size = '320x240') => [
  '-f',
  'lavfi',
  '-i',
  `testsrc=size=${size}:rate=10:duration=3`,
];
export const tone = (rate = 8000) => ['-f', 'lavfi', '-i', `sine=duration=3:sample_rate=${rate}`];
export const videos = {
  h264: ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-g', '10', '-bf', '0', '-bsf:v', 'dump_extra'],
  hevc: [
    ...['-pix_fmt', 'yuv420p', '-c:v', 'libx265', '-tag:v', 'HEVC'],
    ...['-x265-params', 'log-level=error:keyint=10:bframes=0'],
  ],
  mjpeg: ['-pix_fmt', 'yuvj420p', '-c:v', 'mjpeg', '-q:v', '2'],
  mpeg4: ['-c:v', 'mpeg4', '-vtag', 'XVID', '-g', '10'],
  unknown: ['-c:v', 'wmv2', '-g', '10'],
};

export function tracksIn(events: readonly SourceEvent[]): SourceTracks[] {
  return events.flatMap((event) => (event.type === 'tracks' ? [event.tracks] : []));
}

export function framesIn(events: readonly SourceEvent[], kind: 'video' | 'audio'): SourceFrame[] {
  return events.flatMap((event) =>
    event.type === 'frame' && event.frame.kind === kind ? [event.frame] : [],
  );
}

/** For an independent reader: the frames of a track, timed by their stamps. */
export function matroskaOf(track: Track, frames: readonly SourceFrame[]): Buffer {
  const timed = frames.map((frame): Frame => {
    const time = Math.round(((frame.stamp ?? 0) * track.timescale) / 1000);
    return { ...frame, pts: time, dts: time, arrivedAtMs: 0 };
  });
  const head = matroskaHead(track.kind === 'video' ? { video: track } : { audio: track });
  return Buffer.concat([head, ...timed.flatMap((frame) => matroskaFrame(frame, track))]);
}

export function headerOf(asf: Buffer): AsfHeader {
  const [event] = new AsfReader().push(asf);
  if (event?.type !== 'header') throw new Error('No header.');
  return event.header;
}

export function object(
  stream: AsfStream,
  bytes: Buffer,
  timeMs = 0,
  hasKeyFlag = false,
): AsfMediaObject {
  return { stream, timeMs, isKeyframe: hasKeyFlag, bytes };
}

export function take(
  streams: readonly AsfStream[],
  objects: readonly AsfMediaObject[],
): SourceEvent[] {
  const reader = new AsfObjectEvents();
  const header: AsfHeader = { bytes: Buffer.alloc(0), packetBytes: 1400, prerollMs: 0, streams };
  return [
    ...reader.take({ type: 'header', header }),
    ...objects.flatMap((each) => reader.take({ type: 'object', object: each })),
  ];
}
