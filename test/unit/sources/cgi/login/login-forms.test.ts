import { describe } from 'vitest';
import type { AuthWay } from '../../../../../src/sources/cgi/login/attempt.ts';
import { unnamedBasic } from '../../../../../src/sources/cgi/login/challenges.ts';
import type { LoginEvent, LoginState } from '../../../../../src/sources/cgi/login/login-state.ts';
import type { Reply } from '../../../../../src/sources/cgi/login/reply.ts';
import {
  accepted,
  basic,
  basicText,
  cannotParse,
  create,
  fails,
  give,
  lockout,
  lookingForLockout,
  none,
  notAccepted,
  notFound,
  page,
  query,
  send,
  table,
  unauthorized,
} from './login-cases.ts';
import { answered, asking, login, media, reply, tried } from './login-rig.ts';

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
