import { describe } from 'vitest';
import {
  accepted,
  basic,
  cannotParse,
  create,
  digest,
  empty,
  error,
  give,
  knownSession,
  lockout,
  none,
  notAccepted,
  notFound,
  page,
  query,
  send,
  session,
  table,
  unknown,
  values,
} from './login-cases.ts';
import { answered, asking, failed, login, media, reply, tried } from './login-rig.ts';

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
