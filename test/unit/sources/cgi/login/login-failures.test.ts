import { describe, expect } from 'vitest';
import { next } from '../../../../../src/sources/cgi/login/login-reducer.ts';
import {
  accepted,
  basic,
  creating,
  digest,
  fails,
  give,
  knownSession,
  lockout,
  looking,
  lookingForCgi,
  lookingForLockout,
  none,
  notAccepted,
  notFound,
  query,
  rethrow,
  send,
  session,
  table,
} from './login-cases.ts';
import { answered, asking, failed, login, reply, tried } from './login-rig.ts';

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
