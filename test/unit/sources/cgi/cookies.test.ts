import { describe, expect, it } from 'vitest';
import { CookieJar } from '../../../../src/sources/cgi/http/cookies.ts';
import { HttpHeaders } from '../../../../src/sources/cgi/http/http-head.ts';

const camera = new URL('http://camera/video/live');

function jarOf(...setCookie: string[]): CookieJar {
  const jar = new CookieJar();
  const date = ['date', 'Thu, 01 Jan 1970 00:10:00 GMT'] as const;
  for (const line of setCookie) {
    jar.take(camera, new HttpHeaders([date, ['set-cookie', line]]));
  }
  return jar;
}

describe('CookieJar', () => {
  it.each<[string, string[], string]>([
    ['what was set', ['sid=1; Path=/; HttpOnly', 'lang = en'], 'sid=1; lang=en'],
    ['what was set last', ['sid=1', 'sid=2'], 'sid=2'],
    ['an empty value', ['sid='], 'sid='],
    ['a value with = in it', ['sid="a=="'], 'sid="a=="'],
    [
      'what belongs to the path',
      ['a=1; path=/video', 'b=2; path=/vid', 'c=3; path=/video/'],
      'a=1; c=3',
    ],
    [
      'what has time left by the clock of the camera',
      ['a=1; Expires=Thu, 01 Jan 1970 00:20:00 GMT'],
      'a=1',
    ],
    ['nothing that is over by that clock', ['a=1; Expires=Thu, 01 Jan 1970 00:05:00 GMT'], ''],
    [
      'nothing that was deleted',
      ['a=1', 'a=x; Max-Age=0', 'b=1', 'b=; expires=Thu, 01 Jan 1970 00:00:00 GMT'],
      '',
    ],
    ['nothing that has no name', ['=1', ';', ''], ''],
    ['nothing of great size', [`a=${'x'.repeat(5000)}`], ''],
  ])('sends %s', (_, lines, header) => {
    expect(jarOf(...lines).header(camera)).toBe(header);
  });

  it.each([
    'http://camera:8080/video/live',
    'https://camera/video/live',
    'http://other/video/live',
  ])('sends nothing to %s', (address) => {
    expect(jarOf('a=1').header(new URL(address))).toBe('');
  });

  it('keeps a bounded number, the newest', () => {
    const jar = jarOf(...Array.from({ length: 100 }, (_, index) => `c${index}=1`));
    expect(jar.header(camera).split('; ')).toHaveLength(20);
    expect(jar.header(camera)).toMatch(/c99=1$/);
  });
});
