import { counter, mend, type SeededFault } from './seeded-fault.ts';

/** What the media playlist says. */
export const playlistFaults: readonly SeededFault[] = [
  {
    rule: 'constant-part-target',
    what: 'a PART-TARGET that grows',
    list: 'long',
    fault: () => {
      const next = counter();
      return mend((text) => text.replace('PART-TARGET=0.2', `PART-TARGET=0.2${next()}`));
    },
  },
  {
    rule: 'constant-target-duration',
    what: 'a TARGETDURATION that grows',
    list: 'long',
    fault: () => {
      const next = counter();
      return mend((text) => text.replace('TARGETDURATION:2', `TARGETDURATION:${next() + 2}`));
    },
  },
  {
    rule: 'discontinuity',
    what: 'a new encoder without EXT-X-DISCONTINUITY',
    list: 'broken',
    fault: () => mend((text) => text.replaceAll('#EXT-X-DISCONTINUITY\n', '')),
  },
  {
    rule: 'discontinuity-once',
    what: 'a discontinuity that is written twice',
    list: 'broken',
    fault: () => mend((text) => text.replaceAll(/(#EXT-X-DISCONTINUITY\n)/g, '$1$1')),
  },
  {
    rule: 'map-per-discontinuity',
    what: 'a discontinuity without an init segment',
    list: 'broken',
    fault: () => mend((text) => text.replaceAll(/(DISCONTINUITY\n)#EXT-X-MAP.*\n/g, '$1')),
  },
  {
    rule: 'skip-boundary',
    what: 'a delta that skips inside of the boundary',
    list: 'long',
    fault: () => mend((text, { query }) => (query.has('_HLS_skip') ? skipMore(text) : text)),
  },
  {
    rule: 'delta-equals-full',
    what: 'a delta that tells another story',
    list: 'long',
    fault: () =>
      mend((text, { query }) =>
        query.has('_HLS_skip') ? text.replace(/#EXTINF:1\.0/, '#EXTINF:1.1') : text,
      ),
  },
  {
    rule: 'program-date-time',
    what: 'a clock that jumps',
    list: 'long',
    fault: () => mend((text) => text.replaceAll(/(PROGRAM-DATE-TIME:.*:)\d\d\./g, '$100.')),
  },
];

/** Takes two more segments out of a text. */
function skipMore(text: string): string {
  const skipped = Number(/SKIPPED-SEGMENTS=(\d+)/.exec(text)?.[1] ?? '0');
  const segment = /#EXT-X-PROGRAM-DATE-TIME(?:(?!#EXTINF)[^])*#EXTINF.*\n.*\n/;
  const tag = `#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped + 4}\n`;
  const bare = text.replace(/#EXT-X-SKIP.*\n/, '').replace(/#EXT-X-MAP.*\n/, '');
  const cut = [1, 2, 3, 4].reduce((rest) => rest.replace(segment, ''), bare);
  return cut.replace(/(DISCONTINUITY-SEQUENCE.*\n)/, `$1${tag}`);
}
