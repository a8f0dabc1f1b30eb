import { describe, expect, it } from 'vitest';
import { isForeignChallenge, parseChallenges } from '../../../../../src/sources/cgi/login/auth.ts';
import {
  denialOf,
  nextStep,
  type AuthWay,
  type Denial,
  type AuthAttempt,
} from '../../../../../src/sources/cgi/login/auth-ways.ts';
import { HttpHeaders } from '../../../../../src/sources/cgi/http/http-head.ts';
import { classifyText } from '../../../../../src/sources/cgi/http/sniff.ts';

const tried = (way: AuthWay, flags: Partial<AuthAttempt> = {}): AuthAttempt => ({
  way,
  isRemembered: false,
  isRenewed: false,
  isAccepted: false,
  ...flags,
});
const denial = (form: Denial['form'], ...headers: string[]): Denial => ({
  form,
  challenges: parseChallenges(headers),
  isForeign: isForeignChallenge(headers),
});
const header = (text: string): AuthWay => {
  const [challenge] = parseChallenges([text]);
  if (challenge === undefined) throw new Error('no challenge');
  return { kind: 'header', challenge };
};

const none: AuthWay = { kind: 'none' };
const query: AuthWay = { kind: 'query' };
const session: AuthWay = { kind: 'session' };
const basic = header('Basic realm="a"');
const digest = header('Digest realm="a", nonce="1"');
const newDigest = header('Digest realm="a", nonce="2"');
const basicText = 'Basic realm="a"';
const newNonce = 'Digest realm="a", nonce="2"';

describe('nextStep', () => {
  it.each<[string, AuthAttempt, Denial, unknown]>([
    ['answers a challenge', tried(none), denial('unauthorized', basicText), basic],
    ['prefers Digest', tried(none), denial('unauthorized', basicText, newNonce), newDigest],
    ['asks how where nothing is challenged', tried(none), denial('unauthorized'), 'unchallenged'],
    [
      'shows nothing to a foreign algorithm',
      tried(none),
      denial('unauthorized', 'Digest realm="a", nonce="1", algorithm=SHA-512-256'),
      'foreign-login',
    ],
    [
      'makes no new session for a foreign algorithm',
      tried(session, { isRemembered: true }),
      denial('unauthorized', 'Digest realm="a", nonce="1", algorithm=SHA-512-256'),
      'foreign-login',
    ],
    [
      'takes a scheme that nobody knows for none',
      tried(none),
      denial('unauthorized', 'FormBased realm="a"'),
      'unchallenged',
    ],
    [
      'prefers what it knows to what it does not',
      tried(none),
      denial('unauthorized', 'Negotiate', basicText),
      basic,
    ],
    ['asks how after an error', tried(none), denial('error'), 'unchallenged'],
    ['asks how after silence', tried(none), denial('silence'), 'unchallenged'],
    [
      'takes a repeated challenge for a no',
      tried(basic),
      denial('unauthorized', basicText),
      'wrong-password',
    ],
    [
      'takes a new nonce for a no',
      tried(digest),
      denial('unauthorized', newNonce),
      'wrong-password',
    ],
    [
      'takes a 401 without challenge for a no',
      tried(digest),
      denial('unauthorized'),
      'wrong-password',
    ],
    [
      'renews a nonce that the camera calls stale',
      tried(digest),
      denial('unauthorized', `${newNonce}, stale=true`),
      header(`${newNonce}, stale=true`),
    ],
    [
      'renews a nonce that worked',
      tried(digest, { isRemembered: true }),
      denial('unauthorized', newNonce),
      newDigest,
    ],
    [
      'renews only once',
      tried(digest, { isRenewed: true }),
      denial('unauthorized', `${newNonce}, stale=true`),
      'wrong-password',
    ],
    [
      'does not renew the same nonce',
      tried(newDigest, { isRemembered: true }),
      denial('unauthorized', newNonce),
      'wrong-password',
    ],
    [
      'does not repeat Basic',
      tried(basic, { isRemembered: true }),
      denial('unauthorized', basicText),
      'wrong-password',
    ],
    [
      'follows a camera from Basic to Digest',
      tried(basic, { isRemembered: true }),
      denial('unauthorized', newNonce),
      newDigest,
    ],
    ['leaves a header that the camera breaks on', tried(basic), denial('cannot-parse'), query],
    ['leaves a header that is answered by silence', tried(digest), denial('silence'), query],
    ['takes 403 for a missing right', tried(digest), denial('forbidden'), 'no-permission'],
    ['takes 401 to the query for a no', tried(query), denial('unauthorized'), 'wrong-password'],
    [
      'shows no second way to a camera that challenges after the query',
      tried(query, { isRemembered: true }),
      denial('unauthorized', newNonce),
      'wrong-password',
    ],
    ['takes a page in answer to the query', tried(query), denial('login-page'), 'not-accepted'],
    ['takes an error in answer to the query', tried(query), denial('error'), 'not-accepted'],
    [
      'takes 403 to the query for a missing right',
      tried(query),
      denial('forbidden'),
      'no-permission',
    ],
    [
      'makes a new session once',
      tried(session, { isRemembered: true }),
      denial('unauthorized'),
      session,
    ],
    [
      'uses the query where a new session is no help',
      tried(session),
      denial('unauthorized'),
      query,
    ],
    ['takes 403 to a new session', tried(session), denial('forbidden'), 'no-permission'],
    [
      'ends with the query after a new session',
      tried(query, { isRenewed: true }),
      denial('unauthorized'),
      'no-permission',
    ],
  ])('%s', (_, way, what, step) => {
    expect(nextStep(way, what)).toEqual(step);
  });
});

describe('denialOf', () => {
  const formOf = (status: number, text: string, way: AuthAttempt): Denial['form'] | undefined =>
    denialOf(
      {
        type: 'text',
        url: new URL('http://camera/'),
        status,
        headers: new HttpHeaders([]),
        content: classifyText(text),
      },
      way,
    )?.form;
  const accepted = tried(query, { isRemembered: true, isAccepted: true });
  const remembered = tried(query, { isRemembered: true });

  it('believes 401 and 403 whatever the body is', () => {
    expect(formOf(401, '{"error":0}', accepted)).toBe('unauthorized');
    expect(formOf(403, '', tried(none))).toBe('forbidden');
  });

  it.each([
    ['{"error":-14}', 'error'],
    ['var result=-1;', 'refused'],
    ['<html>login</html>', 'login-page'],
    ['', 'silence'],
    ['File not found.', undefined],
    ['var result=0;', undefined],
  ])('takes %j for a denial of an unknown caller only', (text, form) => {
    expect(formOf(200, text, tried(none))).toBe(form);
    expect(formOf(200, text, accepted)).toBeUndefined();
  });

  it.each([
    ['{"error":-14}', 'error'],
    ['<html>login</html>', 'login-page'],
    ['var result=-1;', undefined],
    ['', undefined],
  ])('takes %j for a denial of who was known some time ago', (text, form) => {
    expect(formOf(200, text, remembered)).toBe(form);
    expect(formOf(200, text, tried(session, { isRemembered: true }))).toBe(form);
  });

  it('knows the firmware that breaks on the header', () => {
    expect(formOf(200, "Can't parse request.", tried(basic))).toBe('cannot-parse');
    expect(formOf(200, "Can't parse request.", tried(query))).toBeUndefined();
  });

  it('leaves refusals of a known caller to whoever asked', () => {
    expect(formOf(200, 'var result=-2;', tried(query))).toBeUndefined();
    expect(formOf(500, '{"error":-2}', tried(none))).toBeUndefined();
  });
});
