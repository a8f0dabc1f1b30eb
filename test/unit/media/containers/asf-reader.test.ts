import { describe, expect, it } from 'vitest';
import { ffmpeg, ffmpegBuilds, hasFfprobe, probePackets, testTone } from '../support.ts';
import {
  audios,
  corruptCountOf,
  h264,
  objectsOf,
  partsOf,
  picture,
  read,
  toPipe,
  videoOf,
  videos,
} from './asf-streams.ts';

describe.each(ffmpegBuilds)('AsfReader on what %s writes', (build) => {
  it.each(Object.entries(videos))('reads %s with sound like ffprobe', (codec, args) => {
    const stream = ffmpeg(build, [
      ...picture,
      ...testTone,
      ...args,
      ...audios.adpcm_ima_wav,
      ...toPipe,
    ]);
    const events = read(stream);
    const objects = objectsOf(events);
    expect(corruptCountOf(events)).toBe(0);
    expect(events[0]).toMatchObject({
      type: 'header',
      header: {
        packetBytes: 3200,
        prerollMs: 3100,
        streams: [
          { kind: 'video', number: 1, codec, width: 320, height: 240 },
          { kind: 'audio', codec: 'adpcm_ima_wav', sampleRate: 8000, channelCount: 1 },
        ],
      },
    });
    const video = videoOf(events);
    expect(video).toHaveLength(30);
    expect(video.map((object) => object.timeMs)).toEqual(video.map((_, index) => index * 100));
    const keyframes = video.filter((object) => object.isKeyframe);
    expect(keyframes).toHaveLength(codec === 'mjpeg' ? 30 : 3);
    if (!hasFfprobe) return;
    const byStream = (number: number) =>
      probePackets(stream)
        .filter((packet) => packet.stream === number - 1)
        .map(({ sizeBytes, isKeyframe }) => ({ sizeBytes, isKeyframe }));
    for (const number of [1, 2]) {
      const own = objects.filter((object) => object.stream.number === number);
      expect(own.map(({ bytes, isKeyframe }) => ({ sizeBytes: bytes.length, isKeyframe }))).toEqual(
        byStream(number),
      );
    }
  });

  it.each(Object.entries(audios))('knows the sound %s', (codec, args) => {
    const events = read(ffmpeg(build, [...testTone, ...args, ...toPipe]));
    expect(events[0]).toMatchObject({ header: { streams: [{ kind: 'audio', codec }] } });
    expect(objectsOf(events).length).toBeGreaterThan(2);
  });

  it('gives back every byte of the stream in header and packets', () => {
    const stream = ffmpeg(build, [
      ...picture,
      ...testTone,
      ...h264,
      ...audios.adpcm_ima_wav,
      ...toPipe,
    ]);
    const { header, packets } = partsOf(stream);
    const copy = Buffer.concat([header, ...packets]);
    expect(copy.equals(stream.subarray(0, copy.length))).toBe(true);
    // ffmpeg ends a file with an index when it can; a camera's stream has no end.
    expect(stream.length - copy.length).toBeLessThan(3200);
  });
});
