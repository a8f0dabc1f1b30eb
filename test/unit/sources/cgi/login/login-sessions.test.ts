import { describe } from 'vitest';
import { unnamedBasic } from '../../../../../src/sources/cgi/login/challenges.ts';
import {
  accepted,
  basic,
  basicText,
  create,
  creating,
  error,
  fails,
  forbidden,
  foreignText,
  give,
  lockout,
  looking,
  lookingForCgi,
  notAccepted,
  notFound,
  page,
  query,
  send,
  table,
  unauthorized,
  unknown,
  values,
} from './login-cases.ts';
import { answered, media, reply } from './login-rig.ts';

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
