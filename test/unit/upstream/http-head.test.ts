import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpFormatError, parseHead } from '../../../src/upstream/http-head.ts';

const head = (text: string, isEnd = false) => parseHead(Buffer.from(text, 'latin1'), isEnd);

describe('parseHead', () => {
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
