import type { AsfEvent, AsfMediaObject, AsfPacket } from '../../../../src/media/asf/asf.ts';
import { AsfReader } from '../../../../src/media/asf/asf-reader.ts';
import { ffmpeg, ffmpegBuilds, testPicture, testTone } from '../support.ts';

export const toPipe = ['-f', 'asf', 'pipe:1'];
export const h264 = ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-g', '10', '-bf', '0'];
const mjpeg = ['-pix_fmt', 'yuvj420p', '-c:v', 'mjpeg', '-q:v', '2'];
const mpeg4 = ['-c:v', 'mpeg4', '-vtag', 'XVID', '-g', '10'];
export const picture = testPicture('320x240');

export const videos = { h264, mjpeg, mpeg4 };
export const audios = {
  adpcm_ima_wav: ['-c:a', 'adpcm_ima_wav'],
  pcm_alaw: ['-c:a', 'pcm_alaw'],
  pcm_mulaw: ['-c:a', 'pcm_mulaw'],
  pcm_s16le: ['-c:a', 'pcm_s16le'],
  pcm_u8: ['-c:a', 'pcm_u8'],
  aac: ['-c:a', 'aac'],
};

export function read(stream: Buffer): AsfEvent[] {
  return new AsfReader().push(stream);
}

export function objectsOf(events: readonly AsfEvent[]): AsfMediaObject[] {
  return events.flatMap((event) => (event.type === 'object' ? [event.object] : []));
}

export function packetsOf(events: readonly AsfEvent[]): AsfPacket[] {
  return events.flatMap((event) => (event.type === 'packet' ? [event.packet] : []));
}

export function corruptCountOf(events: readonly AsfEvent[]): number {
  return events.filter((event) => event.type === 'corrupt').length;
}

export function videoOf(events: readonly AsfEvent[]): AsfMediaObject[] {
  return objectsOf(events).filter((object) => object.stream.kind === 'video');
}

/** The header's bytes and the packets of a stream. */
export function partsOf(stream: Buffer): { header: Buffer; packets: Buffer[] } {
  const events = read(stream);
  const header = events[0]?.type === 'header' ? events[0].header.bytes : Buffer.alloc(0);
  return { header, packets: packetsOf(events).map((packet) => packet.bytes) };
}

const build = ffmpegBuilds[0] ?? 'ffmpeg';
export const stream = ffmpeg(build, [
  ...picture,
  ...testTone,
  ...h264,
  ...audios.adpcm_ima_wav,
  ...toPipe,
]);
export const large = ffmpeg(build, [...testPicture('640x480'), ...mjpeg, ...toPipe]);
export const { header, packets } = partsOf(stream);
