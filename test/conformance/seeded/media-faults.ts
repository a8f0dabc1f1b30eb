import type { Passing } from './faulty-proxy.ts';
import { counter, isPlaylist, mend, type SeededFault } from './seeded-fault.ts';

/** What is in the media, and for how long it is there. */
export const mediaFaults: readonly SeededFault[] = [
  {
    rule: 'same-bytes',
    what: 'a part with other bytes than its hint',
    list: 'long',
    fault: () => {
      const next = counter();
      return {
        answer: (passing) =>
          isPart(passing) && next() % 2 === 1 ? { body: flipped(passing.body) } : {},
      };
    },
  },
  {
    rule: 'parts-make-segment',
    what: 'a segment of other bytes than its parts',
    list: 'long',
    fault: () => ({
      answer: ({ name, body }) => (/^\d+\.m4s$/.test(name) ? { body: flipped(body) } : {}),
    }),
  },
  {
    rule: 'listed-is-there',
    what: 'a listed part that is missing without a gap',
    list: 'long',
    fault: () => ({ answer: ({ name }) => (/part-\d*3\.m4s/.test(name) ? { status: 404 } : {}) }),
  },
  {
    rule: 'fetchable-after-removal',
    what: 'a segment that goes when it leaves the list',
    list: 'short',
    fault: () => {
      let first = 0;
      return {
        answer: (passing) => {
          const text = isPlaylist(passing) ? passing.body.toString() : '';
          first = Math.max(first, Number(/MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1] ?? 0));
          const msn = Number(/^(\d+)\.m4s$/.exec(passing.name)?.[1] ?? Infinity);
          return msn < first ? { status: 404 } : {};
        },
      };
    },
  },
  {
    rule: 'preload-hint-true',
    what: 'a hint that is never listed',
    list: 'long',
    fault: () => mend((text) => text.replace(/(PRELOAD.*URI=").*"/, '$1other.m4s"')),
  },
  {
    rule: 'part-duration-true',
    what: 'parts that last longer than their frames',
    list: 'long',
    fault: () => mend((text) => text.replaceAll(/DURATION=0\.\d+/g, 'DURATION=0.40000')),
  },
  {
    rule: 'extinf-true',
    what: 'segments that last longer than their frames',
    list: 'long',
    fault: () => mend((text) => text.replaceAll(/#EXTINF:[\d.]+/g, '#EXTINF:1.30000')),
  },
  {
    rule: 'independent',
    what: 'parts that call themselves independent',
    list: 'long',
    fault: () =>
      mend((text) => text.replaceAll(/(URI="part-\d+\.m4s")\n/g, '$1,INDEPENDENT=YES\n')),
  },
];

const isPart = ({ name }: Passing): boolean => name.startsWith('part-');

/** The same length, other content: the last byte is turned over. */
function flipped(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  copy.writeUInt8(copy.readUInt8(copy.length - 1) ^ 0xff, copy.length - 1);
  return copy;
}
