import type { CgiValues } from '../cgi-answer.ts';
import type { Challenge } from './challenges.ts';
import type { Denial } from './denial.ts';
import type { LoginForm } from './login-state.ts';
import { isAbsent } from '../refusals.ts';
import type { Reply, TextReply } from './reply.ts';

/** How the password is to be sent; `foreign-login`: in a way that is not supported. */
export type LoginChoice = 'query' | 'session' | 'foreign-login' | Challenge;

/**
 * How to send the password to a camera that wants one and does not say how: in the query or to create_session.cgi
 * (camera-protocol.md section 1). Either may count as a failed login when it is wrong, so only one of them is tried.
 *
 * Which one is found out without credentials, by what close_session.cgi answers. Where there are sessions,
 * create_session.cgi is asked: it judges the password, whatever the camera's other paths take. A camera without
 * sessions takes the query, if anything.
 *
 * @param denied how the camera has refused, which says what its answers to strangers mean
 */
export function choiceBy(reply: Reply, denied: Denial['form']): LoginChoice {
  if (reply.type === 'media') return 'query';
  const { status, content } = reply;
  const isRefusal = status === 401 || status === 403;
  if (isRefusal && reply.challenges[0] !== undefined) return reply.challenges[0];
  if (isRefusal && reply.isForeign) return 'foreign-login';
  if (isAbsent(reply) || (status >= 300 && !isRefusal)) return 'query';
  // A page is what strangers get in the place of every path, or in the place of one that is not there.
  if (content.kind === 'html') return denied === 'login-page' ? 'session' : 'query';
  return isRefusal || isCgiWord(reply) ? 'session' : 'query';
}

/**
 * In which forms the password is sent, one a dial, until one is taken. A 401 that names no login may be that of a
 * server that wants Basic and does not say so: the first guess at a plain address, unless it speaks the CGI.
 */
export function formsBy(
  choice: 'query' | 'session',
  { reply, denial, isPlainAddress }: { reply: Reply; denial: Denial; isPlainAddress: boolean },
): readonly LoginForm[] {
  const forms: LoginForm[] = choice === 'session' ? ['session', 'query'] : ['query'];
  if (denial.form !== 'unauthorized' || !denial.isBare) return forms;
  const hasWords = reply.type === 'text' && reply.status !== 401 && isCgi(reply);
  if (isPlainAddress && !hasWords) return ['basic', ...forms];
  return choice === 'session' ? ['session', 'basic', 'query'] : ['query', 'basic'];
}

/** Whether close_session.cgi was answered in the words of the CGI, or by 401. */
export function isCgi(reply: Reply): boolean {
  if (reply.type === 'media') return false;
  const { status, content } = reply;
  if (status === 401) return true;
  return isCgiWord(reply) || content.kind === 'not-found' || content.kind === 'cannot-parse';
}

function isCgiWord({ content }: TextReply): boolean {
  return content.kind === 'values' || content.kind === 'error';
}

/**
 * What create_session.cgi has answered. `refused`: the password is wrong; `session` is 0 then, or the answer a 401.
 * `forbidden`: 403, whatever for. `absent`: the camera has no sessions. `unclear`: whatever answered is no
 * create_session.cgi.
 */
export function createdSession(
  reply: Reply,
): { id: string } | 'refused' | 'forbidden' | 'absent' | 'unclear' {
  if (reply.type === 'media' || isAbsent(reply)) return 'absent';
  const { status, content } = reply;
  if (status === 403) return 'forbidden';
  if (status === 401 || content.kind === 'error') return 'refused';
  if (status >= 300) return 'absent';
  const id = content.kind === 'values' ? content.values.get('session') : undefined;
  if (id === undefined) return 'unclear';
  return Number(id) === 0 ? 'refused' : { id: String(id) };
}

/**
 * Whether get_badauth.cgi says that the camera refuses everybody because of too many failed logins
 * (camera-protocol.md section 1), and the password may be right. A camera that does not tell is taken not to be locked.
 */
export function saysLocked(reply: Reply): boolean {
  if (reply.type === 'media' || reply.content.kind !== 'values') return false;
  const numberOf = numbersIn(reply.content.values);
  const allowedCount = numberOf('retry_times');
  const isCountFull = allowedCount > 0 && numberOf('error_times') >= allowedCount;
  return isCountFull || numberOf('denied_time_passed') > 0;
}

function numbersIn(values: CgiValues): (name: string) => number {
  return (name) => Number(values.get(name) ?? 0);
}
