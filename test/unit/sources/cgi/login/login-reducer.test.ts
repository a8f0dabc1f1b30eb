import { describe, expect, it } from 'vitest';
import type { AuthWay } from '../../../../../src/sources/cgi/login/attempt.ts';
import { unnamedBasic } from '../../../../../src/sources/cgi/login/challenges.ts';
import { next } from '../../../../../src/sources/cgi/login/login-reducer.ts';
import type {
  LoginAction,
  LoginEvent,
  LoginState,
} from '../../../../../src/sources/cgi/login/login-state.ts';
import type { Reply } from '../../../../../src/sources/cgi/login/reply.ts';
import { answered, asking, failed, header, login, media, reply, tried } from './login-rig.ts';

const none: AuthWay = { kind: 'none' };
const query: AuthWay = { kind: 'query' };
const session: AuthWay = { kind: 'session', id: '7' };
const basicText = 'Basic realm="a"';
const newNonce = 'Digest realm="a", nonce="2"';
const foreignText = 'Digest realm="a", nonce="1", algorithm=SHA-1';
const basic = header(basicText);
const digest = header('Digest realm="a", nonce="1"');
const newDigest = header(newNonce);
const stale = header(`${newNonce}, stale=true`);

const accepted = { standing: { name: 'accepted' } } as const;
const notAccepted = { standing: { name: 'not-accepted' } } as const;
const knownSession = { way: session, sessionId: '7', unchallenged: 'session' } as const;

const page = reply(200, '<html>login</html>');
const error = reply(200, '{"error":-14}');
const empty = reply(200, '');
const unauthorized = reply(401);
const forbidden = reply(403);
const cannotParse = reply(200, "Can't parse request.");
const notFound = reply(200, 'File not found.');
const values = reply(200, 'var result=0;');
const unknown = reply(200, 'hello');

const send = (way: AuthWay): Partial<LoginAction> => ({ type: 'send', way });
const fails = (reason: string): object => ({ type: 'fail', failure: { reason } });
const create = { type: 'create-session' };
const look = { type: 'ask-for-sessions' };
const lockout = { type: 'ask-for-lockout' };
const give = { type: 'give', isSessionOver: false };
const rethrow = { type: 'rethrow' };

/** What it shows, a state, an event, and what comes of it: the action, and of the state what matters. */
type Row = [string, LoginState, LoginEvent, object, object?];

function table(rows: readonly Row[]): void {
  it.each(rows)('%s', (_, state, event, action, after = {}) => {
    const result = next(state, event);
    expect(result.action).toMatchObject(action);
    expect(result.state).toMatchObject(after);
  });
}

/** close_session.cgi was asked after this denial of a stranger. */
const looking = (
  form: 'unauthorized' | 'forbidden' | 'login-page' | 'silence' | 'error',
  circumstances: Parameters<typeof login>[1] = {},
): LoginState => {
  const denial = { form, challenges: [], isForeign: false, isBare: true };
  return login({ name: 'looking-for-sessions', attempt: tried(none), denial }, circumstances);
};
const lookingForCgi = login({
  name: 'looking-for-cgi',
  attempt: tried(basic),
  denial: { form: 'silence', challenges: [], isForeign: false, isBare: true },
});
const creating = (circumstances: Parameters<typeof login>[1] = {}): LoginState => {
  const isUnproven = circumstances.dial?.standing?.name !== 'accepted';
  return login({ name: 'creating-session', attempt: tried(none), isUnproven }, circumstances);
};
const lookingForLockout = (hasAccount = true): LoginState =>
  login({ name: 'looking-for-lockout' }, { hasAccount });

describe('a request', () => {
  const idle = { name: 'idle' } as const;
  table([
    ['is bare at first', login(idle), { type: 'ask' }, send(none)],
    [
      'goes the way that worked',
      login(idle, { known: { way: digest } }),
      { type: 'ask' },
      send(digest),
      { step: { attempt: { isRemembered: true } } },
    ],
    [
      'of a new dial is that of a new dial',
      login(idle, { dial: notAccepted, known: { way: query } }),
      { type: 'dial', isHesitant: true },
      { type: 'none' },
      { dial: { standing: { name: 'open' }, isHesitant: true }, known: { way: query } },
    ],
    ['means nothing to an answer that comes late', login(idle), answered(media), { type: 'none' }],
    ['means nothing to a failure that comes late', login(idle), failed('closed'), { type: 'none' }],
  ]);
});

describe('an answer that is taken', () => {
  table([
    [
      'to a stranger is remembered',
      asking(tried(none)),
      answered(media),
      give,
      { known: { way: none } },
    ],
    [
      'to a stranger proves nothing where the address is absent',
      asking(tried(none)),
      answered(notFound),
      give,
      { known: { way: undefined } },
    ],
    [
      'to a stranger proves nothing where it redirects',
      asking(tried(none)),
      answered({ ...reply(302), isRedirect: true }),
      give,
      { known: { way: undefined } },
    ],
    [
      'with credentials proves them, even that the address is absent',
      asking(tried(basic)),
      answered(reply(404)),
      give,
      { known: { way: basic }, dial: accepted },
    ],
    [
      'with credentials from before proves nothing where the address is absent',
      asking(tried(basic, { isRemembered: true }), { known: { way: basic } }),
      answered(reply(404)),
      give,
      { dial: { standing: { name: 'open' } }, known: { way: basic } },
    ],
    [
      'to the query may be a refusal where it has no meaning',
      asking(tried(query)),
      answered(unknown),
      give,
      { dial: notAccepted, known: { way: undefined } },
    ],
    [
      'to the query ends a session',
      asking(tried(query), { known: { sessionId: '7' } }),
      answered(media),
      { type: 'give', isSessionOver: true },
      { known: { way: query, sessionId: undefined } },
    ],
    [
      'ends the row of passwords without an answer',
      asking(tried(basic), { known: { unansweredCount: 2 } }),
      answered(media),
      give,
      { known: { unansweredCount: 0 } },
    ],
  ]);
});

describe('a denial', () => {
  const renewed = { isRenewed: true };
  const remembered = { isRemembered: true };
  table([
    [
      'is answered as challenged',
      asking(tried(none)),
      answered(reply(401, '', basicText)),
      send(basic),
    ],
    [
      'is answered by Digest before Basic',
      asking(tried(none)),
      answered(reply(401, '', basicText, newNonce)),
      send(newDigest),
    ],
    ['without a challenge asks how', asking(tried(none)), answered(unauthorized), look],
    ['by 403 asks how', asking(tried(none)), answered(forbidden), look],
    [
      'by a negative result asks how',
      asking(tried(none)),
      answered(reply(200, 'var result=-1;')),
      look,
    ],
    ['by an error asks how', asking(tried(none)), answered(error), look],
    ['by silence asks how', asking(tried(none)), answered(empty), look],
    ['by a closed connection asks how', asking(tried(none)), failed('closed'), look],
    [
      'that is a hint is left for later by a dial that hesitates',
      asking(tried(none), { dial: { isHesitant: true } }),
      answered(page),
      give,
      { dial: { hasWithheld: true } },
    ],
    [
      'that is a plain no is not left for later',
      asking(tried(none), { dial: { isHesitant: true } }),
      answered(unauthorized),
      look,
    ],
    [
      'is none without an account, but a plain no',
      asking(tried(none), { hasAccount: false }),
      answered(page),
      give,
    ],
    [
      'without an account ends',
      asking(tried(none), { hasAccount: false }),
      answered(unauthorized),
      lockout,
    ],
    [
      'is handed over once the password was not accepted',
      asking(tried(none), { dial: notAccepted }),
      answered(reply(401, '', basicText)),
      give,
    ],
    [
      'asks how only once',
      asking(tried(none), { known: { unchallenged: 'session' } }),
      answered(error),
      create,
    ],
    [
      'sends nothing to a foreign algorithm',
      asking(tried(none)),
      answered(reply(401, '', foreignText)),
      fails('bad-answer'),
    ],
    [
      'makes no new session for a foreign algorithm',
      asking(tried(session, remembered), { known: knownSession }),
      answered(reply(401, '', foreignText)),
      fails('bad-answer'),
    ],
    [
      'takes a scheme that nobody knows for none',
      asking(tried(none)),
      answered(reply(401, '', 'FormBased realm="a"')),
      look,
    ],
    [
      'prefers what it knows to what it does not',
      asking(tried(none)),
      answered(reply(401, '', 'Negotiate', basicText)),
      send(basic),
    ],
    [
      'repeats a challenge for a no',
      asking(tried(basic)),
      answered(reply(401, '', basicText)),
      lockout,
    ],
    [
      'has a new nonce for a no',
      asking(tried(digest)),
      answered(reply(401, '', newNonce)),
      lockout,
    ],
    ['has no challenge for a no', asking(tried(digest)), answered(unauthorized), lockout],
    [
      'renews a nonce that the camera calls stale',
      asking(tried(digest)),
      answered(reply(401, '', `${newNonce}, stale=true`)),
      send(stale),
      { step: { attempt: renewed } },
    ],
    [
      'renews a nonce that worked',
      asking(tried(digest, remembered)),
      answered(reply(401, '', newNonce)),
      send(newDigest),
    ],
    [
      'renews only once',
      asking(tried(digest, renewed)),
      answered(reply(401, '', `${newNonce}, stale=true`)),
      lockout,
    ],
    [
      'does not renew the same nonce',
      asking(tried(newDigest, remembered)),
      answered(reply(401, '', newNonce)),
      lockout,
    ],
    [
      'does not repeat Basic',
      asking(tried(basic, remembered)),
      answered(reply(401, '', basicText)),
      lockout,
    ],
    [
      'follows a camera from Basic to Digest',
      asking(tried(basic, remembered)),
      answered(reply(401, '', newNonce)),
      send(newDigest),
    ],
    [
      'leaves a header that the camera breaks on',
      asking(tried(basic)),
      answered(cannotParse),
      send(query),
    ],
    [
      'leaves a header that is answered by silence',
      asking(tried(digest)),
      answered(empty),
      send(query),
    ],
    [
      'leaves a header that is answered by a closed connection',
      asking(tried(digest)),
      failed('closed'),
      send(query),
    ],
    [
      'looks for the CGI first where a header breaks a plain address',
      asking(tried(basic), { dial: { isPlainAddress: true } }),
      failed('closed'),
      look,
      { step: { name: 'looking-for-cgi' } },
    ],
    [
      'by 403 is a missing right',
      asking(tried(digest)),
      answered(forbidden),
      fails('no-permission'),
      { known: { way: digest }, dial: accepted },
    ],
    [
      'of the query is a no',
      asking(tried(query), { known: { unchallenged: 'query' } }),
      answered(unauthorized),
      lockout,
      { known: { unchallenged: undefined } },
    ],
    [
      'that challenges after the query is a no',
      asking(tried(query, remembered)),
      answered(reply(401, '', newNonce)),
      lockout,
    ],
    [
      'of the query by a page may be one',
      asking(tried(query)),
      answered(page),
      give,
      { dial: notAccepted },
    ],
    [
      'of the query by an error may be one',
      asking(tried(query)),
      answered(error),
      give,
      { dial: notAccepted },
    ],
    [
      'of the query by 403 is a missing right',
      asking(tried(query)),
      answered(forbidden),
      fails('no-permission'),
    ],
    [
      'of an old session makes a new one',
      asking(tried(session, remembered), { known: knownSession }),
      answered(unauthorized),
      create,
      { known: { sessionId: undefined } },
    ],
    [
      'of a new session leads to the query',
      asking(tried(session)),
      answered(unauthorized),
      send(query),
    ],
    [
      'of a new session by 403 is a missing right',
      asking(tried(session), { known: { sessionId: '7' } }),
      answered(forbidden),
      fails('no-permission'),
      { known: { way: session } },
    ],
    [
      'of the query after a new session is a missing right',
      asking(tried(query, renewed)),
      answered(unauthorized),
      fails('no-permission'),
    ],
  ]);
});

describe('an answer of status 200', () => {
  const known = { isRemembered: true };
  const whole = { type: 'give' };
  table([
    [
      'is read whatever it is where the status says no',
      asking(tried(query, known)),
      answered(reply(401, '{"error":0}')),
      lockout,
    ],
    ['with result=0 is none', asking(tried(none)), answered(values), whole],
    ['that the address is absent is none', asking(tried(none)), answered(notFound), whole],
    [
      'is no denial of whoever was just accepted',
      asking(tried(query, known), { dial: accepted }),
      answered(error),
      whole,
    ],
    [
      'that is a page is none, either',
      asking(tried(query, known), { dial: accepted }),
      answered(page),
      whole,
    ],
    [
      'with a result is none, either',
      asking(tried(query)),
      answered(reply(200, 'var result=-2;')),
      whole,
      { dial: accepted },
    ],
    [
      'with an error denies who was known some time ago',
      asking(tried(query, known)),
      answered(error),
      give,
      { dial: notAccepted },
    ],
    [
      'with a page denies a session of some time ago',
      asking(tried(session, known), { known: knownSession }),
      answered(page),
      create,
    ],
    [
      'with an error denies a session of some time ago',
      asking(tried(session, known), { known: knownSession }),
      answered(error),
      create,
    ],
    [
      'without words denies no session',
      asking(tried(session, known), { known: knownSession }),
      answered(empty),
      whole,
    ],
    ['is no broken header where none was sent', asking(tried(query)), answered(cannotParse), whole],
    [
      'is nothing of the login where the status is another',
      asking(tried(none)),
      answered(reply(500, '{"error":-2}')),
      whole,
    ],
  ]);
});

describe('Basic that nobody has named', () => {
  const unnamed: AuthWay = { kind: 'header', challenge: unnamedBasic };
  table([
    [
      'is remembered where it is taken',
      asking(tried(unnamed)),
      answered(media),
      give,
      { known: { way: unnamed } },
    ],
    [
      'is followed by another form in the next dial',
      asking(tried(unnamed), { known: { unchallenged: 'basic', untried: ['query'] } }),
      answered(unauthorized),
      lockout,
      { known: { unchallenged: 'query', untried: [] } },
    ],
    ['breaks a camera into the query', asking(tried(unnamed)), answered(cannotParse), send(query)],
    [
      'is sent by what is known of the camera',
      asking(tried(none), { known: { unchallenged: 'basic' } }),
      answered(unauthorized),
      send(unnamed),
    ],
    [
      'is sent for no page',
      asking(tried(none), { known: { unchallenged: 'basic', hasCgi: true } }),
      answered(page),
      send(query),
    ],
  ]);
});

describe('a failure', () => {
  table([
    ["is the caller's", asking(tried(none)), failed('unreachable'), rethrow],
    [
      "is the caller's where the way has worked",
      asking(tried(basic, { isRemembered: true })),
      failed('closed'),
      rethrow,
    ],
    [
      "is the caller's without an account",
      asking(tried(none), { hasAccount: false }),
      failed('closed'),
      rethrow,
    ],
    [
      "is the caller's where no connection is left",
      asking(tried(none)),
      failed('closed', { mayConnect: false }),
      rethrow,
    ],
    [
      'to the query may be a no',
      asking(tried(query)),
      failed('closed'),
      rethrow,
      { dial: notAccepted },
    ],
    ["to a session is the caller's", asking(tried(session)), failed('closed'), rethrow],
    [
      'of a password that is not answered is counted',
      asking(tried(basic), { known: { unansweredCount: 1 } }),
      failed('timeout'),
      { type: 'fail', failure: { reason: 'timeout', retryAfterMs: 0 } },
      { known: { unansweredCount: 2 } },
    ],
    [
      'of the third in a row makes a pause',
      asking(tried(basic), { known: { unansweredCount: 2 } }),
      failed('timeout'),
      { type: 'fail', failure: { retryAfterMs: 60_000 } },
    ],
    [
      'of a password that was right before is a camera that hangs',
      asking(tried(basic, { isRemembered: true })),
      failed('timeout'),
      rethrow,
      { known: { unansweredCount: 0 } },
    ],
    [
      'that nobody waits for counts where a header was sent',
      asking(tried(basic)),
      failed('closed', { isAborted: true }),
      { type: 'fail', failure: { reason: 'closed', retryAfterMs: 0 } },
    ],
    ['of a session may be a no', creating(), failed('closed'), rethrow, { dial: notAccepted }],
    [
      'of a session that is not answered is counted',
      creating(),
      failed('timeout'),
      fails('timeout'),
    ],
    [
      "of a further session is the caller's",
      creating({ dial: accepted }),
      failed('timeout'),
      rethrow,
    ],
    [
      'to look for sessions leads to the query',
      looking('unauthorized'),
      failed('timeout'),
      send(query),
    ],
    [
      'to look for sessions is thrown when nobody waits',
      looking('error'),
      failed('timeout', { isAborted: true }),
      rethrow,
    ],
    [
      'to look for sessions is thrown when the camera is gone',
      looking('error'),
      failed('unreachable'),
      rethrow,
    ],
    ['to look at anything is a camera that is silent', looking('silence'), failed('closed'), give],
    [
      'to look for the CGI is one that is not there',
      lookingForCgi,
      failed('timeout'),
      fails('closed'),
    ],
    [
      'to look for a lock finds none',
      lookingForLockout(),
      failed('timeout'),
      fails('wrong-password'),
    ],
  ]);
});

describe('where close_session.cgi', () => {
  const plain = { dial: { isPlainAddress: true } };
  const unnamed = send({ kind: 'header', challenge: unnamedBasic });
  table([
    [
      'is not there, a plain address that names no login is sent Basic',
      looking('unauthorized', plain),
      answered(reply(404)),
      unnamed,
      { known: { unchallenged: 'basic', untried: ['query'] } },
    ],
    [
      'refuses as well, the same',
      looking('unauthorized', plain),
      answered(unauthorized),
      unnamed,
      { known: { untried: ['session', 'query'] } },
    ],
    [
      'is of the CGI, the query is first',
      looking('unauthorized', plain),
      answered(notFound),
      send(query),
      { known: { untried: ['basic'] } },
    ],
    [
      'refuses a camera, a session is first',
      looking('unauthorized'),
      answered(unauthorized),
      create,
      { known: { untried: ['basic', 'query'] } },
    ],
    [
      'is not there and the denial was no 401, Basic is no guess',
      looking('error', plain),
      answered(reply(404)),
      send(query),
      { known: { untried: [] } },
    ],
    [
      'knows sessions, one is made',
      looking('unauthorized'),
      answered(values),
      create,
      { known: { unchallenged: 'session', hasCgi: true } },
    ],
    ['refuses, one is made', looking('unauthorized'), answered(unauthorized), create],
    [
      'is not there, the query is used',
      looking('unauthorized'),
      answered(notFound),
      send(query),
      { known: { unchallenged: 'query', hasCgi: true } },
    ],
    [
      'is a page, the query is used',
      looking('unauthorized'),
      answered(page),
      send(query),
      { known: { hasCgi: false } },
    ],
    [
      'is a page as everything is, a session is made',
      looking('login-page'),
      answered(page),
      create,
    ],
    [
      'challenges, that is answered',
      looking('login-page'),
      answered(reply(401, '', basicText)),
      send(basic),
    ],
    [
      'wants a foreign login, nothing is sent',
      looking('login-page'),
      answered(reply(401, '', foreignText)),
      fails('bad-answer'),
    ],
    ['is media, the query is used', looking('unauthorized'), answered(media), send(query)],
    [
      'is not of the CGI, a plain address keeps its page',
      looking('login-page', plain),
      answered(page),
      give,
    ],
    [
      'is of the CGI, the page of a plain address is a refusal',
      looking('login-page', plain),
      answered(notFound),
      send(query),
    ],
    [
      'is not of the CGI, its own error is a refusal',
      looking('error', plain),
      answered(reply(404)),
      send(query),
    ],
    [
      'is of the CGI, a broken header leads to the query',
      lookingForCgi,
      answered(notFound),
      send(query),
    ],
    [
      'is not, it does not',
      lookingForCgi,
      answered(reply(404)),
      fails('closed'),
      { known: { unansweredCount: 1 } },
    ],
  ]);
});

describe('where create_session.cgi', () => {
  table([
    [
      'gives a session, that is used',
      creating({ known: { unansweredCount: 2 } }),
      answered(reply(200, 'var session=9;')),
      send({ kind: 'session', id: '9' }),
      { known: { sessionId: '9', unansweredCount: 0 }, dial: accepted },
    ],
    [
      'gives session 0, the password is wrong',
      creating(),
      answered(reply(200, 'var session=0;')),
      lockout,
      { known: { unchallenged: 'query' } },
    ],
    [
      'gives 403 as to strangers, nobody may have judged it',
      creating(),
      answered(forbidden),
      { type: 'fail', failure: { reason: 'no-permission', retryAfterMs: 60_000 } },
      { dial: { standing: { name: 'reported' } } },
    ],
    ['gives 401, it is wrong', creating(), answered(unauthorized), lockout],
    ['gives an error, it is wrong', creating(), answered(error), lockout],
    ['is not there, the query is used', creating(), answered(notFound), send(query)],
    [
      'is something else, it may be wrong',
      creating(),
      answered(unknown),
      give,
      { dial: notAccepted, known: { unchallenged: 'query' } },
    ],
  ]);
});

describe('a password that is not accepted', () => {
  const full = reply(200, 'var retry_times=10;var error_times=10;');
  table([
    [
      'is wrong',
      lookingForLockout(),
      answered(notFound),
      fails('wrong-password'),
      { dial: { standing: { name: 'reported' } } },
    ],
    [
      'may be right where the camera is locked',
      lookingForLockout(),
      answered(full),
      fails('locked-out'),
    ],
    [
      'is not to blame where none is configured',
      lookingForLockout(false),
      answered(notFound),
      {
        type: 'fail',
        failure: { message: expect.stringContaining('none is configured') as string },
      },
    ],
    [
      'is looked into when the dial has failed',
      login({ name: 'idle' }, { dial: notAccepted }),
      { type: 'dial-failed' },
      lockout,
    ],
    [
      'is not to blame for a dial that failed without it',
      login({ name: 'idle' }),
      { type: 'dial-failed' },
      rethrow,
    ],
    [
      'is reported once',
      next(lookingForLockout(), answered(full)).state,
      { type: 'dial-failed' },
      fails('locked-out'),
    ],
  ]);
});

describe('what a request has got in the end', () => {
  const refused = (to: Reply, hasCookies = false): LoginEvent => ({
    type: 'refused',
    reply: to,
    hasCookies,
  });
  const wanted = reply(200, '[{"msg":"please login first"}]');
  const delivered = { ...accepted, hasDelivered: true, isHesitant: true };
  const idle = { name: 'idle' } as const;
  const again = { type: 'ask-again' };
  const none = { type: 'none' };
  table([
    [
      'is asked again where media came before',
      login(idle, { known: { way: basic }, dial: delivered }),
      refused(wanted),
      again,
      {
        known: { way: undefined },
        dial: { standing: { name: 'open' }, hasDelivered: false, isHesitant: false },
      },
    ],
    [
      'is asked again then for any page',
      login(idle, { known: { way: basic }, dial: delivered }),
      refused(page),
      again,
    ],
    [
      'is asked again without cookies',
      login(idle, { dial: delivered }),
      refused(wanted, true),
      again,
    ],
    [
      'is asked again where the login is of another dial',
      login(idle, { known: { way: query } }),
      refused(wanted),
      again,
    ],
    [
      'is what it is where the login is of this dial',
      login(idle, { known: { way: query }, dial: accepted }),
      refused(wanted),
      none,
    ],
    [
      'is what it is where nothing is to be forgotten',
      login(idle, { dial: delivered }),
      refused(wanted),
      none,
    ],
    [
      'is what it is after a password in vain',
      login(idle, { known: { way: basic }, dial: { ...notAccepted, hasDelivered: true } }),
      refused(wanted),
      none,
    ],
    ['may be media', login(idle, { known: { way: basic }, dial: delivered }), refused(media), none],
    [
      'may be a camera without stills',
      login(idle, { known: { way: basic }, dial: delivered }),
      refused(reply(200, 'Snapshot Failed.')),
      none,
    ],
    [
      'may be a camera that is busy',
      login(idle, { known: { way: basic }, dial: delivered }),
      refused(reply(503)),
      none,
    ],
  ]);
});

describe('a charset', () => {
  const charsets = ['utf8', 'latin1'] as const;
  const both = (state: LoginState): LoginState => ({ ...state, charsets });
  table([
    [
      'is said with each password',
      asking(tried(none), { known: { charset: 'latin1' } }),
      answered(reply(401, '', basicText)),
      { ...send(basic), charset: 'latin1' },
    ],
    [
      'is said with each session',
      both(asking(tried(none), { known: { unchallenged: 'session' } })),
      answered(unauthorized),
      { ...create, charset: 'utf8' },
    ],
    [
      'changes when the password was wrong',
      both(lookingForLockout()),
      answered(notFound),
      fails('wrong-password'),
      { known: { charset: 'latin1' } },
    ],
    [
      'is the first again after the last',
      both(login({ name: 'looking-for-lockout' }, { known: { charset: 'latin1' } })),
      answered(notFound),
      fails('wrong-password'),
      { known: { charset: 'utf8' } },
    ],
    [
      'is not to blame where the camera is locked',
      both(lookingForLockout()),
      answered(reply(200, 'var denied_time_passed=3;')),
      fails('locked-out'),
      { known: { charset: 'utf8' } },
    ],
    [
      'is not to blame for a password that was taken',
      both(login({ name: 'looking-for-lockout' }, { dial: accepted })),
      answered(notFound),
      fails('wrong-password'),
      { known: { charset: 'utf8' } },
    ],
    [
      'is changed before the form is',
      both(asking(tried(query), { known: { unchallenged: 'query', untried: ['basic'] } })),
      answered(unauthorized),
      lockout,
      { known: { unchallenged: 'query', untried: ['basic'] } },
    ],
    [
      'has had its turn before the form changes',
      both(
        asking(tried(query), {
          known: { unchallenged: 'query', untried: ['basic'], charset: 'latin1' },
        }),
      ),
      answered(unauthorized),
      lockout,
      { known: { unchallenged: 'basic' } },
    ],
  ]);
});

describe('the end', () => {
  table([
    [
      'closes the session',
      login({ name: 'idle' }, { known: knownSession }),
      { type: 'disposed' },
      { type: 'close-session' },
      { known: { way: undefined, sessionId: undefined } },
    ],
    [
      'leaves what else was learned',
      login({ name: 'idle' }, { known: { way: digest } }),
      { type: 'disposed' },
      { type: 'close-session' },
      { known: { way: digest } },
    ],
  ]);
});
