import { describe, expect, it } from 'vitest';
import { eventually, startRig } from '../rig.ts';

describe('a snapshot after a pause', () => {
  it.each(['foscam', 'classic'] as const)(
    'is a new picture, however old the last one of a %s camera is',
    async (profile) => {
      await using rig = await startRig([{ profile }], { lingerMs: 200 });
      const first = await rig.get('/cameras/cam0/snapshot.jpg?maxAge=1');
      expect(first.status).toBe(200);
      await first.arrayBuffer();
      await eventually(
        () => rig.status(),
        ({ state }) => state === 'idle',
      );
      // By now the picture that is remembered is older than what is asked for.
      await eventually(
        () => Date.now() - Date.parse(first.headers.get('last-modified') ?? ''),
        (ageMs) => ageMs > 2_500,
      );
      const second = await rig.get('/cameras/cam0/snapshot.jpg?maxAge=1');
      expect(second.status).toBe(200);
      expect(Number(second.headers.get('age'))).toBeLessThanOrEqual(1);
      expect(second.headers.get('etag')).not.toBe(first.headers.get('etag'));
    },
  );
});
