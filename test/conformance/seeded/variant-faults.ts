import type { ProxyFault } from './faulty-proxy.ts';
import type { SeededFault } from './seeded-fault.ts';

/** What the multivariant playlist says of the media. */
export const variantFaults: readonly SeededFault[] = [
  {
    rule: 'bandwidth',
    what: 'a BANDWIDTH of a third',
    list: 'long',
    fault: () => mendVariant(/BANDWIDTH=\d+,/, 'BANDWIDTH=50000,'),
  },
  {
    rule: 'average-bandwidth',
    what: 'a false AVERAGE-BANDWIDTH',
    list: 'long',
    fault: () => mendVariant(/AVERAGE-BANDWIDTH=\d+/, 'AVERAGE-BANDWIDTH=9000000'),
  },
  {
    rule: 'codecs',
    what: 'another profile',
    list: 'long',
    fault: () => mendVariant(/avc1\.\w+/, 'avc1.640028'),
  },
  {
    rule: 'codecs',
    what: 'sound that is not told',
    list: 'long',
    fault: () => mendVariant(/,mp4a\.40\.2/, ''),
  },
  {
    rule: 'resolution',
    what: 'another size',
    list: 'long',
    fault: () => mendVariant(/RESOLUTION=\w+/, 'RESOLUTION=1920x1080'),
  },
  {
    rule: 'frame-rate',
    what: 'another frame rate',
    list: 'long',
    fault: () => mendVariant(/FRAME-RATE=[\d.]+/, 'FRAME-RATE=12.000'),
  },
  {
    rule: 'video-range',
    what: 'a range that is not in the media',
    list: 'long',
    fault: () => mendVariant(/(FRAME-RATE=[\d.]+)/, '$1,VIDEO-RANGE=PQ'),
  },
];

/** Changes the multivariant playlist. */
function mendVariant(search: RegExp, replacement: string): ProxyFault {
  return {
    answer: ({ name, body }) =>
      name === 'index.m3u8'
        ? { body: Buffer.from(body.toString().replace(search, replacement)) }
        : {},
  };
}
