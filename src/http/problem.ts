import { CamgateError } from '../lib/errors.ts';
import { failureReasons } from '../lib/reasons.ts';
import type { RawHeaders } from './cors.ts';

/** An error as RFC 9457 shows it. */
export interface Problem {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Buffer;
  /** In seconds; undefined without a time. */
  readonly retryAfter: string | undefined;
}

/**
 * The answer for an expected error. `code` is the stable word that programs compare; `detail` is for people.
 * @param camera id of the camera that was asked for
 */
export function renderProblem(error: CamgateError, camera: string | undefined): Problem {
  const retryAfterSeconds =
    error.retryAfterMs === undefined
      ? undefined
      : Math.max(1, Math.ceil(error.retryAfterMs / 1000));
  const body = Buffer.from(
    JSON.stringify({
      type: `urn:camgate:error:${error.code}`,
      title: titleOf(error.code),
      status: error.status,
      code: error.code,
      detail: error.message,
      camera,
      retryAfterSeconds,
    }),
  );
  const headers = [
    'Content-Type',
    'application/problem+json',
    'Content-Length',
    String(body.length),
    // An error is about now; the next try must reach the server.
    'Cache-Control',
    'no-store',
    // Its texts repeat what was asked for, which no browser may take for a page.
    'X-Content-Type-Options',
    'nosniff',
  ];
  const retryAfter = retryAfterSeconds?.toString();
  if (retryAfter !== undefined) headers.push('Retry-After', retryAfter);
  return { status: error.status, headers, body, retryAfter };
}

/** Hides what is not meant for viewers: only CamgateError carries texts written for them. */
export function toPublicError(error: unknown): CamgateError {
  if (error instanceof CamgateError) return error;
  return new CamgateError('internal-error', 'The gateway failed to answer; its log says why.', {
    cause: error,
  });
}

function titleOf(code: string): string {
  const reason = Object.entries(failureReasons).find(([name]) => name === code)?.[1];
  const words = reason ?? code.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
