import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  HeadReader,
  HttpFormatError,
  type HttpHead,
} from '../../../../../src/sources/cgi/http/http-head.ts';

function head(text: string, isEnd = false): HttpHead | undefined {
  const reader = new HeadReader();
  const whole = reader.push(Buffer.from(text, 'latin1'));
  return isEnd ? reader.end() : whole;
}

describe('HeadReader', () => {
  it.each([
    ['CRLF', 'HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\nbody'],
    ['LF', 'HTTP/1.0 200 OK\nContent-Type:image/jpeg\n\nbody'],
    ['mixed ends, no reason', 'HTTP/1.0 200\r\ncontent-type :  image/jpeg \n\r\nbody'],
    ['blank lines before', '\r\n\r\nHTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\nbody'],
    [
      'a line without a colon',
      'HTTP/1.0 200 OK\r\nnonsense\r\nContent-Type: image/jpeg\r\n\r\nbody',
    ],
    [
      'an interim head',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\nbody',
    ],
  ])('reads a head with %s', (_, text) => {
    const result = head(text);
    expect(result?.status).toBe(200);
    expect(result?.headers.get('content-type')).toBe('image/jpeg');
    expect(text.slice(result?.bodyStart)).toBe('body');
  });

  it('keeps every value of a name and joins folded lines', () => {
    const { headers } = head(
      'HTTP/1.0 401 x\r\nWWW-Authenticate: Basic realm="a"\r\nwww-authenticate: Digest\r\n nonce="b"\r\n\r\n',
    ) ?? { headers: undefined };
    expect(headers?.all('www-authenticate')).toEqual(['Basic realm="a"', 'Digest nonce="b"']);
    expect(headers?.get('server')).toBe('');
  });

  it.each(["Can't parse request.", 'H', '\xff\xd8\xff', '--ipcamera'])(
    'takes %j for a body without a head, as soon as it cannot be one',
    (text) => {
      const isPossible = 'HTTP/'.startsWith(text);
      expect(head(text)).toEqual(
        isPossible ? undefined : expect.objectContaining({ status: 200, bodyStart: 0 }),
      );
    },
  );

  it('ends a cut head with the connection', () => {
    expect(head('HTTP/1.0 401 Unauthorized\r\nServer: x')).toBeUndefined();
    expect(head('HTTP/1.0 401 Unauthorized\r\nServer: x', true)).toMatchObject({ status: 401 });
    expect(head('\r\n', true)).toBeUndefined();
  });

  it('reads on behind some interim heads, not behind any number', () => {
    const interim = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n';
    const final = 'HTTP/1.1 200 OK\r\n\r\n';
    expect(head(interim.repeat(8) + final)).toMatchObject({ status: 200 });
    expect(() => head(interim.repeat(100) + final)).toThrow(HttpFormatError);
  });

  it('takes the fields of any camera, and not thousands', () => {
    const fields = (count: number): string =>
      `HTTP/1.1 200 OK\r\n${'Set-Cookie: a=b\r\n'.repeat(count)}\r\n`;
    expect(head(fields(100))?.headers.all('set-cookie')).toHaveLength(100);
    expect(() => head(fields(1000))).toThrow(HttpFormatError);
  });

  it('reads the same however the bytes are cut', () => {
    const wire = Buffer.from('\r\nHTTP/1.1 100 x\n\r\nHTTP/1.1 401 No\r\nA: 1\r\n 2\n\r\nbody');
    const whole = new HeadReader().push(wire);
    expect(whole).toMatchObject({ status: 401, bodyStart: wire.indexOf('body') });
    for (let size = 1; size < wire.length; size++) {
      const reader = new HeadReader();
      let found: HttpHead | undefined;
      for (let at = 0; found === undefined; at += size) {
        found = reader.push(wire.subarray(at, at + size));
      }
      expect(found).toEqual(whole);
      expect('body'.startsWith(reader.bodyFrom(found).toString().slice(0, 4))).toBe(true);
    }
  });

  it('costs little where each byte comes by itself', () => {
    const reader = new HeadReader();
    reader.push(Buffer.from('HTTP/1.1 200 OK\r\n'));
    const startMs = performance.now();
    for (let count = 0; count < 30_000; count++) reader.push(Buffer.from('a\n'));
    expect(performance.now() - startMs).toBeLessThan(1000);
  });

  it('refuses a status line without a status', () => {
    expect(() => head('HTTP/1.0 OK\r\n\r\n')).toThrow(HttpFormatError);
  });

  it('reads the same however much of the body has come, and throws nothing undeclared', () => {
    const line = fc.constantFrom(
      'HTTP/1.1 200 OK',
      'HTTP/1.1 100 x',
      'a: b',
      ' c',
      '',
      'HTTP/',
      '\x00',
    );
    const text = fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\r\n'));
    fc.assert(
      fc.property(text, fc.string(), (start, rest) => {
        try {
          const first = head(start);
          if (first !== undefined) {
            expect(head(`${start}${rest}`)).toMatchObject({
              status: first.status,
              bodyStart: first.bodyStart,
            });
          }
        } catch (error) {
          expect(error).toBeInstanceOf(HttpFormatError);
        }
      }),
    );
  });
});
