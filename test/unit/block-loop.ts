/** This process does nothing for so long, as if it were stopped: no timer runs and no socket is read. */
export function blockLoop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
