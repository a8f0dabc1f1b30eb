import { expect, it } from 'vitest';
import type { AuthWay } from '../../../../../src/sources/cgi/login/attempt.ts';
import { next } from '../../../../../src/sources/cgi/login/login-reducer.ts';
import type {
  LoginAction,
  LoginEvent,
  LoginState,
} from '../../../../../src/sources/cgi/login/login-state.ts';
import { header, login, reply, tried } from './login-rig.ts';

/** What cameras answer, and what the login does, as rows of the tables that test the reducer. */

export const none: AuthWay = { kind: 'none' };
export const query: AuthWay = { kind: 'query' };
export const session: AuthWay = { kind: 'session', id: '7' };
export const basicText = 'Basic realm="a"';
export const newNonce = 'Digest realm="a", nonce="2"';
export const foreignText = 'Digest realm="a", nonce="1", algorithm=SHA-1';
export const basic = header(basicText);
export const digest = header('Digest realm="a", nonce="1"');
export const newDigest = header(newNonce);
export const stale = header(`${newNonce}, stale=true`);

export const accepted = { standing: { name: 'accepted' } } as const;
export const notAccepted = { standing: { name: 'not-accepted' } } as const;
export const knownSession = { way: session, sessionId: '7', unchallenged: 'session' } as const;

export const page = reply(200, '<html>login</html>');
export const error = reply(200, '{"error":-14}');
export const empty = reply(200, '');
export const unauthorized = reply(401);
export const forbidden = reply(403);
export const cannotParse = reply(200, "Can't parse request.");
export const notFound = reply(200, 'File not found.');
export const values = reply(200, 'var result=0;');
export const unknown = reply(200, 'hello');

export const send = (way: AuthWay): Partial<LoginAction> => ({ type: 'send', way });
export const fails = (reason: string): object => ({ type: 'fail', failure: { reason } });
export const create = { type: 'create-session' };
export const look = { type: 'ask-for-sessions' };
export const lockout = { type: 'ask-for-lockout' };
export const give = { type: 'give', isSessionOver: false };
export const rethrow = { type: 'rethrow' };

/** What it shows, a state, an event, and what comes of it: the action, and of the state what matters. */
export type Row = [string, LoginState, LoginEvent, object, object?];

export function table(rows: readonly Row[]): void {
  it.each(rows)('%s', (_, state, event, action, after = {}) => {
    const result = next(state, event);
    expect(result.action).toMatchObject(action);
    expect(result.state).toMatchObject(after);
  });
}

/** close_session.cgi was asked after this denial of a stranger. */
export const looking = (
  form: 'unauthorized' | 'forbidden' | 'login-page' | 'silence' | 'error',
  circumstances: Parameters<typeof login>[1] = {},
): LoginState => {
  const denial = { form, challenges: [], isForeign: false, isBare: true };
  return login({ name: 'looking-for-sessions', attempt: tried(none), denial }, circumstances);
};
export const lookingForCgi = login({
  name: 'looking-for-cgi',
  attempt: tried(basic),
  denial: { form: 'silence', challenges: [], isForeign: false, isBare: true },
});
export const creating = (circumstances: Parameters<typeof login>[1] = {}): LoginState => {
  const isUnproven = circumstances.dial?.standing?.name !== 'accepted';
  return login({ name: 'creating-session', attempt: tried(none), isUnproven }, circumstances);
};
export const lookingForLockout = (hasAccount = true): LoginState =>
  login({ name: 'looking-for-lockout' }, { hasAccount });
