import { BoxFields, boxesOf, needBox } from './boxes.ts';

/**
 * Adds to the decode time (`tfdt`, ISO/IEC 14496-12 8.8.12) of each track in each fragment, in place. `ticks` is by
 * track_ID. Throws MediaFormatError.
 */
export function shiftDecodeTimes(fragments: Buffer, ticks: ReadonlyMap<number, number>): void {
  for (const moof of boxesOf(fragments)) {
    if (moof.type !== 'moof') continue;
    for (const traf of boxesOf(moof.body)) {
      if (traf.type === 'traf') shiftTraf(traf.body, ticks);
    }
  }
}

function shiftTraf(traf: Buffer, ticks: ReadonlyMap<number, number>): void {
  const head = new BoxFields(needBox(traf, 'tfhd'));
  head.fullBoxHead();
  const added = ticks.get(head.uint32()) ?? 0;
  const tfdt = needBox(traf, 'tfdt');
  const { version } = new BoxFields(tfdt).fullBoxHead();
  if (version === 1) tfdt.writeBigUInt64BE(tfdt.readBigUInt64BE(4) + BigInt(added), 4);
  else tfdt.writeUInt32BE(tfdt.readUInt32BE(4) + added, 4);
}
