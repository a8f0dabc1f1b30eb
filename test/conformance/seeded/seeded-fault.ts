import type { Passing, ProxyFault } from './faulty-proxy.ts';

/** Something that a server does wrong, and the rule that must name it. */
export interface SeededFault {
  readonly rule: string;
  readonly what: string;
  /**
   * On which of the test's live windows it shows: a long list, one whose segments leave soon, one that has been away.
   */
  readonly list: 'long' | 'short' | 'broken';
  readonly fault: () => ProxyFault;
}

export const isPlaylist = ({ name }: Passing): boolean => name === 'live.m3u8';

/** Changes every text of the media playlist. */
export function mend(change: (text: string, passing: Passing) => string): ProxyFault {
  return {
    answer: (passing) =>
      isPlaylist(passing) && passing.status === 200
        ? { body: Buffer.from(change(passing.body.toString(), passing)) }
        : {},
  };
}

/** Something that counts up with every call. */
export function counter(): () => number {
  let count = 0;
  return () => count++;
}
