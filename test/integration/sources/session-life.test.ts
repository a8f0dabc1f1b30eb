import { describe, expect, it } from 'vitest';
import { clientOf, countOf, eventsUntil, never, start } from './rig.ts';

describe('the life of a session', () => {
  it('reads through odd heads, chunks and a wrong Content-Type', async () => {
    await using simulator = await start({ profile: 'classic', isChunked: true });
    await simulator.faults.switchOn({ kind: 'slow-headers', ms: 1 });
    await simulator.faults.switchOn({ kind: 'content-type', text: 'text/html' });
    const session = await clientOf(simulator).open(never);
    const events = await eventsUntil(session, (all) => countOf(all, 'frame') > 10);
    expect(countOf(events, 'corrupt')).toBe(0);
  });

  it('ends when the camera resets the connection', async () => {
    await using simulator = await start({ profile: 'classic' });
    const session = await clientOf(simulator).open(never);
    await simulator.faults.switchOn({ kind: 'reset' });
    // A reset right behind the last bytes is reported as an end by the system's event loop.
    const outcome = await eventsUntil(session, () => false).then(
      () => 'ended',
      (error: unknown) => (error as { reason: unknown }).reason,
    );
    expect(['ended', 'closed']).toContain(outcome);
    await simulator.journal.waitFor(({ openStreams }) => openStreams.length === 0);
  });

  it('close() ends a waiting reader and frees the camera', async () => {
    await using simulator = await start({ profile: 'classic' });
    const session = await clientOf(simulator).open(never);
    const read = eventsUntil(session, () => false);
    await session.close();
    await session.close();
    await read;
    await simulator.journal.waitFor(({ openStreams }) => openStreams.length === 0);
  });

  it('an abort ends the dial with its reason and leaves no connection', async () => {
    await using simulator = await start({ profile: 'classic' });
    await simulator.faults.switchOn({ kind: 'mute' });
    const controller = new AbortController();
    const reason = new Error('no viewer any more');
    const dial = clientOf(simulator).open(controller.signal);
    await simulator.journal.waitFor(({ requests }) => requests.length === 1);
    controller.abort(reason);
    await expect(dial).rejects.toBe(reason);
    await simulator.journal.waitFor(({ requests }) => requests[0]?.endedAt !== undefined);
  });
});
