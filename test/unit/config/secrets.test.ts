import { describe, expect, it } from 'vitest';
import { cameraOf, problemsOf } from './config-rig.ts';

describe('secrets', () => {
  const camera = (lines: string) =>
    `cameras:\n  a:\n    url: http://a/\n    username: me\n${lines}`;

  it.each([
    ['a variable', "    password: '${CAMERA_PASSWORD}'", 'from the environment'],
    ['an empty variable', '    password: ${EMPTY}', ''],
    ['a part of a value', '    password: x${EMPTY}y', 'xy'],
    ['an escaped brace', '    password: $${CAMERA_PASSWORD}', '${CAMERA_PASSWORD}'],
    ['a dollar alone', '    password: pa$$word$', 'pa$$word$'],
    ['a file', '    passwordFile: front.password', 'from the file'],
    ['a word that YAML reads otherwise', '    password: true', 'true'],
  ])('come from %s', (_, line, password) => {
    expect(cameraOf(camera(line)).password).toBe(password);
  });

  it('come percent-decoded from the url, which loses them', () => {
    const { url, username, password } = cameraOf('cameras:\n  a: http://m%40e:%23%2F%25@a/x?y=1');
    expect([url.href, username, password]).toEqual(['http://a/x?y=1', 'm@e', '#/%']);
  });

  it('are in no problem, whatever is wrong', () => {
    const texts = [
      'cameras:\n  a: http://me:Sesame#1@a/',
      'cameras:\n  a: http://me:12/Sesame@a/',
      'cameras:\n  a: http://me:Sesame/1@a/',
      'cameras:\n  a: http://me:Sesame%@a/',
      'cameras:\n  a: rtsp://me:Sesame@a/',
      'cameras:\n  a: me:Sesame@a',
      'cameras:\n  a: { http://me:Sesame@a/ }',
      'cameras:\n  - http://me:Sesame@a/',
      'http://me:Sesame@a/',
      'http://me:Sesame@a/: x',
      'cameras:\n  http://me:Sesame@a/: x',
      camera('    password: *Sesame'),
      camera('    password: !Sesame'),
      camera('    password: @Sesame'),
      camera('    password: %Sesame'),
      camera('    password: "Sesame'),
      camera('    password: [Sesame]'),
      camera('    password: { Sesame: x }'),
      camera('    password: &Sesame'),
      camera('    password: |\n      Sesame\n      Sesame'),
      camera('    password: a: Sesame'),
      camera('    linger: http://me:Sesame@a/'),
      camera('    password: Sesame\n    passwordFile: front.password'),
      camera('    password: Sesame${MISSING}'),
    ];
    for (const text of texts) {
      const problems = problemsOf(text);
      expect(problems, text).not.toEqual([]);
      expect(problems.join('\n'), text).not.toContain('Sesame');
    }
  });

  it.each([
    [
      'password: x\n    passwordFile: front.password',
      'cameras.a.passwordFile: is given beside password',
    ],
    ['passwordFile: none', 'cannot be read (ENOENT). Make /etc/camgate/none readable'],
    ['passwordFile: empty.password', 'does not hold one line with a password'],
    ['passwordFile: two.password', 'does not hold one line with a password'],
    ['password: ${MISSING}', 'needs the environment variable MISSING, which is not set'],
    ['password: ${}', 'contains ${…} without the name of a variable'],
    ['password: ${MISSING', 'contains ${…} without the name of a variable'],
    ['password:', 'cameras.a.password: has no value'],
  ])('complain about %j', (line, expected) => {
    const problems = problemsOf(camera(`    ${line}`));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  it('complain about a password without a user and credentials in two places', () => {
    expect(problemsOf('cameras:\n  a: { url: http://a/, password: x }')).toEqual([
      'f:2:24 cameras.a.password: is given without a username. Add username, for example admin.',
    ]);
    expect(problemsOf('cameras:\n  a: { url: "http://u:p@a/", username: u }')).toEqual([
      'f:2:30 cameras.a.username: is given beside a user in the url. Remove the user from the url, or remove username.',
    ]);
    expect(problemsOf('cameras:\n  a: { url: "http://u:p@a/", password: q }')).toEqual([
      'f:2:30 cameras.a.password: is given beside a password in the url. Remove the password from the url, or remove password.',
    ]);
  });

  it.each([
    ['http://admin@a/', 'passwordFile: front.password', 'from the file'],
    ['http://admin:@a/', 'password: Sesame', 'Sesame'],
    ['http://:Sesame@a/', 'username: admin', 'Sesame'],
  ])('may be divided between the url %s and the key %s', (url, line, password) => {
    expect(cameraOf(`cameras:\n  a:\n    url: ${url}\n    ${line}`)).toMatchObject({
      url: new URL('http://a/'),
      username: 'admin',
      password,
    });
  });
});
