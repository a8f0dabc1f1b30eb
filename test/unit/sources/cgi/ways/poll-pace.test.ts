import { describe, expect, it } from 'vitest';
import { HttpHeaders } from '../../../../../src/sources/cgi/http/http-head.ts';
import { retryAfterMs } from '../../../../../src/sources/cgi/http/retry-after.ts';
import { PollPace } from '../../../../../src/sources/cgi/ways/poll-pace.ts';

function times(count: number, what: () => void): void {
  for (let done = 0; done < count; done += 1) what();
}

describe('the pace of polling', () => {
  it('is the configured one, and doubles while the camera fails, up to 6.4 s', () => {
    const pace = new PollPace(400);
    const pauses = Array.from({ length: 6 }, () => {
      pace.stillFailed();
      return pace.pauseMs;
    });
    expect(pauses).toEqual([800, 1_600, 3_200, 6_400, 6_400, 6_400]);
    pace.stillCame();
    expect(pace.pauseMs).toBe(400);
  });

  it('is never faster for a failure than a slow camera is asked anyway', () => {
    const pace = new PollPace(30_000);
    pace.stillFailed();
    expect(pace.pauseMs).toBe(30_000);
  });

  it('is the one that the camera asks for, and eases after eight stills in a row', () => {
    const pace = new PollPace(400);
    expect(pace.slowDown(4_000)).toBe(true);
    expect(pace.pauseMs).toBe(4_000);
    times(7, () => pace.stillCame());
    expect(pace.pauseMs).toBe(4_000);
    pace.stillCame();
    expect(pace.pauseMs).toBe(3_000);
    times(200, () => pace.stillCame());
    expect(pace.pauseMs).toBe(400);
  });

  it('takes no wait of more than five minutes', () => {
    const pace = new PollPace(400);
    expect(pace.slowDown(300_001)).toBe(false);
    expect(pace.pauseMs).toBe(400);
  });
});

describe('Retry-After', () => {
  const date = 'Mon, 05 Jan 2026 10:00:00 GMT';
  it.each([
    [429, '5', 5_000],
    [503, ' 120 ', 120_000],
    [503, 'Mon, 05 Jan 2026 10:00:07 GMT', 7_000],
    [503, 'Mon, 05 Jan 2026 09:00:00 GMT', 0],
    [503, '', undefined],
    [503, 'soon', undefined],
    [500, '5', undefined],
  ])('of a %i that says %j', (status, text, ms) => {
    const headers = new HttpHeaders([
      ['date', date],
      ['retry-after', text],
    ]);
    expect(retryAfterMs({ status, headers })).toBe(ms);
  });

  it('is unknown for a date without one to compare with', () => {
    const headers = new HttpHeaders([['retry-after', date]]);
    expect(retryAfterMs({ status: 503, headers })).toBeUndefined();
  });
});
