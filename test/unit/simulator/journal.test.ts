import { afterEach, describe, expect, it, vi } from 'vitest';
import { stripModulus } from '../../../src/simulator/streams/frame-strip.ts';
import { Journal, type JournalRecorder } from '../../../src/simulator/journal.ts';

function request(path: string) {
  return { method: 'GET', path, parameters: {} };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('Journal', () => {
  it('tells open streams from ended ones and from answers', () => {
    const journal = new Journal();
    const first = journal.record(request('av.asf'));
    first.streaming();
    journal.record(request('get_status.cgi'));
    expect(journal.openStreams.map(({ path }) => path)).toEqual(['av.asf']);
    first.ended();
    expect(journal.openStreams).toEqual([]);
    expect(journal.count('av.asf')).toBe(1);
    expect(journal.mostOpenStreams).toBe(1);
  });

  it('counts the most open streams by the order of events, however little time lies between them', () => {
    vi.useFakeTimers({ toFake: ['Date'] }); // it stands still
    const journal = new Journal();
    const stream = (): JournalRecorder => {
      const recorder = journal.record(request('av.asf'));
      recorder.streaming();
      return recorder;
    };
    for (let count = 0; count < 3; count++) stream().ended();
    expect(journal.mostOpenStreams).toBe(1);
    const [first, second] = [stream(), stream()];
    first.ended();
    first.ended();
    stream();
    second.ended();
    expect(journal.mostOpenStreams).toBe(2);
  });

  it('wakes those who wait as soon as it is so', async () => {
    const journal = new Journal();
    const waiting = journal.waitFor(({ requests }) =>
      requests.some(({ status }) => status === 401),
    );
    journal.record(request('av.asf')).answered(401);
    await expect(waiting).resolves.toBeUndefined();
  });

  it('says what it saw instead of what was waited for', async () => {
    const journal = new Journal();
    journal.record(request('av.asf')).answered(403);
    await expect(journal.waitFor(() => false, 5)).rejects.toThrow(/av\.asf 403/);
  });

  it('stays bounded', () => {
    const journal = new Journal();
    for (let n = 0; n < 10_100; n++) journal.record(request(`${n}`)).ended();
    for (let n = 0; n < 3 * stripModulus; n++) journal.frameSent(n);
    expect(journal.requests).toHaveLength(10_000);
    expect(journal.requests[0]?.path).toBe('100');
    expect(journal.framesSent.size).toBe(stripModulus);
  });
});
