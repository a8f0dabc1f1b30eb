import { UpstreamError } from '../../lib/errors.ts';
import type { Failure } from './supervisor-state.ts';

/** The failure that something thrown during a session means. */
export function asFailure(error: unknown): Failure {
  if (error instanceof UpstreamError) return { reason: error.reason, message: error.message };
  // A defect of ours must not end the supervision of a camera: it is shown, logged and paced like a sick camera.
  const message = error instanceof Error ? error.message : String(error);
  return { reason: 'bad-answer', message: `unexpected failure: ${message}` };
}
