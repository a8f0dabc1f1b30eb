import { describe, expect, it } from 'vitest';
import {
  basicAuthorization,
  digestAuthorization,
  parseChallenges,
  type DigestChallenge,
} from '../../../../../src/sources/cgi/login/auth.ts';

const digestOf = (header: string): DigestChallenge => {
  const [challenge] = parseChallenges([header]);
  if (challenge?.scheme !== 'digest') throw new Error('no Digest challenge');
  return challenge;
};

const responseOf = (authorization: string): string | undefined =>
  /response="([0-9a-f]+)"/.exec(authorization)?.[1];

describe('parseChallenges', () => {
  it('reads the challenge of a camera', () => {
    expect(
      parseChallenges([
        'Digest realm="ip camera", qop="auth", algorithm=MD5, nonce="a1", stale=true',
      ]),
    ).toEqual([
      {
        scheme: 'digest',
        realm: 'ip camera',
        nonce: 'a1',
        opaque: undefined,
        algorithm: { name: 'MD5', hash: 'md5', isSession: false },
        qop: 'auth',
        isStale: true,
      },
    ]);
  });

  it('takes several challenges out of one header and puts Digest first', () => {
    const header = 'Basic realm="a, Digest \\"b\\"", Negotiate, Digest realm=x, nonce="n,1"';
    expect(parseChallenges([header]).map(({ scheme, realm }) => [scheme, realm])).toEqual([
      ['digest', 'x'],
      ['basic', 'a, Digest "b"'],
    ]);
    expect(digestOf(header)).toMatchObject({ nonce: 'n,1', qop: 'none' });
  });

  it('takes several headers and any letter case', () => {
    const found = parseChallenges(['BASIC Realm="r"', 'digest NONCE="n", QOP="auth-int,AUTH"']);
    expect(found.map(({ scheme }) => scheme)).toEqual(['digest', 'basic']);
    expect(found[0]).toMatchObject({ qop: 'auth' });
  });

  it.each([
    'Digest realm="r"',
    'Digest realm="r", nonce="n", algorithm=SHA-512-256',
    'Digest realm="r", nonce="n", qop="auth-int"',
    'Bearer token',
    '= ",,, "',
    '',
  ])('leaves out what it cannot answer: %s', (header) => {
    expect(parseChallenges([header])).toEqual([]);
  });
});

describe('basicAuthorization', () => {
  it('is the example of RFC 7617 section 2, and an empty password is one', () => {
    expect(basicAuthorization({ username: 'Aladdin', password: 'open sesame' })).toBe(
      'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
    );
    expect(basicAuthorization({ username: 'admin', password: '' })).toBe('Basic YWRtaW46');
  });
});

describe('digestAuthorization', () => {
  const request = { method: 'GET', target: '/dir/index.html', nonceCount: 1 };

  it('is the example of RFC 2617 section 3.5', () => {
    const challenge = digestOf(
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    );
    const credentials = { username: 'Mufasa', password: 'Circle Of Life' };
    expect(digestAuthorization(challenge, credentials, { ...request, cnonce: '0a4f113b' })).toBe(
      'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", response="6629fae49393a05397450978507c4ef1", algorithm=MD5, opaque="5ccc069c403ebaf9f0171e9517f40e41", qop=auth, nc=00000001, cnonce="0a4f113b"',
    );
  });

  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('is the %s example of RFC 7616 section 3.9.1', (algorithm, response) => {
    const challenge = digestOf(
      `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"`,
    );
    const authorization = digestAuthorization(
      challenge,
      { username: 'Mufasa', password: 'Circle of Life' },
      { ...request, cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' },
    );
    expect(responseOf(authorization)).toBe(response);
  });

  it('leaves out nc and cnonce without qop (RFC 2069)', () => {
    const challenge = digestOf('Digest realm="r", nonce="n"');
    const credentials = { username: 'u', password: 'p' };
    const authorization = digestAuthorization(challenge, credentials, { ...request, cnonce: 'c' });
    // md5(md5('u:r:p') + ':n:' + md5('GET:/dir/index.html')), computed elsewhere.
    expect(authorization).not.toMatch(/nc=|cnonce=|qop=/);
    expect(responseOf(authorization)).toBe('fef71a1ed020d5dbc919be49210d36ef');
  });

  it('cannot be broken out of by quotes and line ends in a name', () => {
    const challenge = digestOf('Digest realm="r", nonce="n"');
    const credentials = { username: 'a"\r\nX: y', password: 'p' };
    const authorization = digestAuthorization(challenge, credentials, { ...request, cnonce: 'c' });
    expect(authorization).toContain('username="a\\"X: y"');
  });
});
