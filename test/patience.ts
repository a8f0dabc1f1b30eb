import { vi } from 'vitest';

/**
 * What a test waits for has come by then, in milliseconds, also on a machine that has much else to do. The one second
 * of vitest is less than such a machine takes to start a program; a test has four times as long as this.
 */
const patienceMs = 15_000;

const { waitFor } = vi;

vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: patienceMs, ...options });
