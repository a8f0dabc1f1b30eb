import { UpstreamError } from '../../../lib/errors.ts';
import { cameraUrl } from '../camera-request.ts';
import type { CgiValues } from '../cgi-answer.ts';
import { withDeadline } from '../http/deadline.ts';
import { askBare, type BareAsking } from '../http/redirects.ts';

/**
 * Whether the camera refuses everybody because of too many failed logins (camera-protocol.md section 1), and the
 * password may be right. Asked without credentials, so it cannot count as another failed one; a camera that does not
 * tell is taken not to be locked. Never rejects.
 */
export async function isLockedOut(
  base: URL,
  asking: BareAsking,
  signal: AbortSignal,
): Promise<boolean> {
  const url = cameraUrl(base, 'get_badauth.cgi', {});
  const limit = {
    ms: asking.timeouts.answerMs,
    timeoutError: () =>
      new UpstreamError('timeout', 'the camera does not say whether it is locked'),
  };
  try {
    const answer = await withDeadline([signal], limit, (limited) => askBare(url, asking, limited));
    if (answer.type === 'media') answer.close();
    return answer.type === 'text' && answer.content.kind === 'values'
      ? saysLocked(answer.content.values)
      : false;
  } catch {
    return false;
  }
}

function saysLocked(values: CgiValues): boolean {
  const numberOf = (name: string): number => Number(values.get(name) ?? 0);
  const allowedCount = numberOf('retry_times');
  const isCountFull = allowedCount > 0 && numberOf('error_times') >= allowedCount;
  return isCountFull || numberOf('denied_time_passed') > 0;
}
