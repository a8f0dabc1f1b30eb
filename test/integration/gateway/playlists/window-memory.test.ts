import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { DiskRig } from '../../../unit/outputs/hls/storage/disk-rig.ts';
import { eventually } from '../rig.ts';

/** Bytes of all buffers of this process that somebody still holds. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().arrayBuffers;
}

it('a window on disk takes no more memory of the process the longer it is', async () => {
  const frameBytes = 50_000;
  await using disk = await DiskRig.start({ windowMs: 300_000 });
  disk.rig.begin();
  const play = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 5) {
      disk.play(5, frameBytes);
      await disk.settled();
    }
  };
  await play(20);
  const early = { heldBytes: heldBytes(), diskBytes: disk.window.diskByteCount };
  await play(100);
  expect(disk.listed().length).toBeGreaterThan(115);
  expect(disk.window.diskByteCount - early.diskBytes).toBeGreaterThan(45e6);
  // Less than two seconds of media more; what nobody holds any more is swept beside the program.
  await eventually(heldBytes, (bytes) => bytes - early.heldBytes < 1e6);
});
