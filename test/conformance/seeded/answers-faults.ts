import type { Passing } from './faulty-proxy.ts';
import { isPlaylist, type SeededFault } from './seeded-fault.ts';

/** When and how answers come. */
export const answersFaults: readonly SeededFault[] = [
  {
    rule: 'late-answer',
    what: 'a playlist that comes long after its part',
    list: 'long',
    fault: () => ({ delayMs: (passing) => (isLateReload(passing) ? 5000 : 0) }),
  },
  {
    rule: 'late-answer',
    what: 'a hinted part that comes long after its playlist',
    list: 'long',
    fault: () => ({ delayMs: (passing) => (/part-\d*[05]\./.test(passing.name) ? 5000 : 0) }),
  },
  {
    rule: 'blocking-reload',
    what: 'an answer before the part is there',
    list: 'long',
    fault: () => ({ ask: (url) => url.searchParams.delete('_HLS_msn') }),
  },
  {
    rule: 'bad-request',
    what: 'directives that are ignored',
    list: 'long',
    fault: () => ({ ask: (url) => (url.search = '') }),
  },
  {
    rule: 'bad-request',
    what: 'mistakes that are forgiven',
    list: 'long',
    fault: () => ({ answer: ({ status }) => (status === 400 ? { status: 200 } : {}) }),
  },
  {
    rule: 'old-segment',
    what: 'old segments that are refused',
    list: 'long',
    fault: () => ({
      answer: ({ query }) => (query.get('_HLS_msn') === '0' ? { status: 404 } : {}),
    }),
  },
  {
    rule: 'held-in-vain',
    what: 'a part that is never answered',
    list: 'long',
    fault: () => ({
      answer: ({ query }) => (query.has('_HLS_part') ? { status: 503, headers: problem } : {}),
    }),
  },
  {
    rule: 'hold-limit',
    what: 'a 503 before three target durations are over',
    list: 'long',
    fault: () => ({
      answer: ({ query }) => (query.has('_HLS_part') ? { status: 503, headers: problem } : {}),
    }),
  },
  {
    rule: 'cors',
    what: 'media that other pages cannot read',
    list: 'long',
    fault: () => ({
      answer: ({ headers }) => ({ headers: { 'content-type': headers['content-type'] } }),
    }),
  },
  {
    rule: 'cache-control',
    what: 'a playlist that caches keep',
    list: 'long',
    fault: () => ({
      answer: ({ name, headers }) =>
        name === 'live.m3u8' ? { headers: { ...headers, 'cache-control': 'max-age=60' } } : {},
    }),
  },
  {
    rule: 'content-type',
    what: 'media of no kind',
    list: 'long',
    fault: () => ({
      answer: ({ headers }) => ({ headers: { ...headers, 'content-type': 'text/plain' } }),
    }),
  },
];

const problem = {
  'content-type': 'application/problem+json',
  'cache-control': 'no-store',
  'access-control-allow-origin': '*',
};

/** A reload for the first part of a segment, so that the ones between are in time. */
function isLateReload(passing: Passing): boolean {
  return isPlaylist(passing) && passing.query.get('_HLS_part') === '1';
}
