import { failureReasons, type FailureReason } from './reasons.ts';

/** HTTP status of each error that is not a camera's failure; the README's troubleshooting table lists every code. */
const requestErrors = {
  'origin-refused': 403,
  'not-found': 404,
  'camera-unknown': 404,
  'media-gone': 404,
  'ts-unsupported': 404,
  'method-not-allowed': 405,
  'query-invalid': 400,
  'request-invalid': 400,
  'request-timeout': 408,
  'body-too-large': 413,
  'range-unsatisfiable': 416,
  'expectation-unknown': 417,
  'retry-too-early': 429,
  'request-too-large': 431,
  'camera-connecting': 503,
  'snapshot-stale': 503,
  'playlist-timeout': 503,
  'pipeline-full': 503,
  'shutting-down': 503,
  'internal-error': 500,
} as const;

/** Errors that end the command line or refuse a configuration; they never become HTTP answers. */
const startErrors = ['config-invalid', 'usage', 'ffmpeg-missing', 'address-in-use'] as const;

export type RequestErrorCode = keyof typeof requestErrors;
export type ErrorCode = RequestErrorCode | FailureReason | (typeof startErrors)[number];

/** All codes, for documentation checks. */
export const errorCodes: readonly ErrorCode[] = [
  ...(Object.keys(requestErrors) as RequestErrorCode[]),
  ...(Object.keys(failureReasons) as FailureReason[]),
  ...startErrors,
];

export interface CamgateErrorOptions {
  readonly cause?: unknown;
  /** When asking again makes sense, in milliseconds from now. */
  readonly retryAfterMs?: number;
}

/**
 * Every expected failure. `message` is one sentence for the user that says what to do next and never contains a
 * password, a session id or a ticket.
 */
export class CamgateError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: CamgateErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.name = 'CamgateError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** The HTTP status an answer with this error has: a camera's failure is 503. */
  get status(): number {
    if (this.code in requestErrors) return requestErrors[this.code as RequestErrorCode];
    return this.code in failureReasons ? 503 : 500;
  }
}

/** A failed try to get media from a camera; `code` is the reason. */
export class UpstreamError extends CamgateError {
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string, options: CamgateErrorOptions = {}) {
    super(reason, message, options);
    this.name = 'UpstreamError';
    this.reason = reason;
  }
}

/** Bytes that do not follow the format their reader expects; declared by every reader in src/media. */
export class MediaFormatError extends Error {
  override readonly name = 'MediaFormatError';
}
