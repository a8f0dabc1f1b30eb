import { UpstreamError } from '../../lib/errors.ts';
import type { FailureReason } from '../../lib/reasons.ts';
import type { CameraAnswer, MediaAnswer, SmallAnswer } from './http/camera-answer.ts';
import { MovedError } from './http/redirects.ts';

type Judged = Pick<SmallAnswer, 'status' | 'content'>;

/**
 * `File not found.`, or a status that says so: this camera does not have what was asked for, and never will. Not to be
 * confused with a refusal.
 */
export function isAbsent({ status, content }: Judged): boolean {
  return status === 404 || status === 410 || content.kind === 'not-found';
}

/** An answer that may mean a wrong password: nothing at all, or unknown text. */
export function isMeaningless({ status, content }: Judged): boolean {
  return status < 300 && (content.kind === 'empty' || content.kind === 'unknown');
}

/** A page or words that ask for a login, in the place of media; other ways into the camera may not. */
export class LoginWantedError extends UpstreamError {
  constructor(reason: 'wrong-password' | 'no-password') {
    const how = reason === 'no-password' ? ', and no user name and password are configured' : '';
    super(reason, `instead of a stream, the camera answers that a login is needed${how}`);
  }
}

/** Whether the failure ends the dial, because other paths could only give the same answer. */
export function endsDial(error: UpstreamError): boolean {
  // A retry time means that the camera got the password, which is sent one way per dial, and did not accept it, or that
  // it wants a login that camgate does not support.
  return error instanceof MovedError || error.retryAfterMs !== undefined;
}

/** What a small answer in place of media means. */
export function refusalOf(answer: SmallAnswer): UpstreamError {
  const { status, content } = answer;
  if (isAbsent(answer)) {
    return new UpstreamError('endpoint-absent', 'the camera does not have this stream address');
  }
  if (content.kind === 'values') {
    const result = Number(content.values.get('result') ?? 0);
    if (result < 0) return resultError(result);
  }
  if (answer.loginFailure !== undefined) return new LoginWantedError(answer.loginFailure);
  const byStatus = statusReasons[status];
  if (byStatus !== undefined) return new UpstreamError(...byStatus);
  const text = status >= 200 && status < 300 ? contentTexts[content.kind] : undefined;
  return content.kind === 'empty' && text !== undefined
    ? new UpstreamError('closed', text)
    : new UpstreamError('bad-answer', text ?? `the camera answered with status ${status}`);
}

/** @throws UpstreamError that says what a small answer in place of media means. */
export function asMedia(answer: CameraAnswer): MediaAnswer {
  if (answer.type === 'media') return answer;
  throw refusalOf(answer);
}

/**
 * The `result` of request_av.cgi (camera-protocol.md section 3). Other negative numbers are not documented; the most
 * likely meaning left is that the account lacks a right.
 */
export function resultError(result: number): UpstreamError {
  if (result === -1) {
    return new UpstreamError(
      'schedule-closed',
      'the camera does not allow viewing at this time of day',
    );
  }
  if (result === -2) {
    return new UpstreamError(
      'too-many-viewers',
      'the camera already serves as many viewers as it can',
    );
  }
  return new UpstreamError(
    'no-permission',
    `the camera refuses the stream to this account (result ${result})`,
  );
}

const statusReasons: Readonly<Record<number, [FailureReason, string]>> = {
  401: ['wrong-password', 'the camera asks for a user name and password'],
  403: ['no-permission', 'the camera refuses access (status 403)'],
  423: ['locked-out', 'the camera has locked all logins (status 423)'],
  429: ['locked-out', 'the camera has locked all logins (status 429)'],
  // RFC 9110 section 15.6.4: currently overloaded; small servers answer so when their few slots are taken.
  503: ['too-many-viewers', 'the camera is too busy for another viewer (status 503)'],
};

const contentTexts: Readonly<Record<SmallAnswer['content']['kind'], string>> = {
  empty: 'the camera closed the stream before its first byte',
  'not-found': 'the camera does not have this stream address',
  'snapshot-failed':
    'the camera cannot take stills at the moment; switch it off and on if this goes on',
  'cannot-parse': 'the camera does not understand the request',
  html: 'the camera answered with a web page instead of a stream',
  error: 'the camera answered with an error instead of a stream',
  values: 'the camera answered with values instead of a stream',
  unknown: 'the camera answered with something that is not a media stream',
};
