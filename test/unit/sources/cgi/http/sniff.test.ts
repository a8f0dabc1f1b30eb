import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyText, sniffMedia } from '../../../../../src/sources/cgi/http/sniff.ts';

const guid = Buffer.from('3026b2758e66cf11a6d900aa0062ce6c', 'hex');
const sniff = (text: string, contentType = ''): string =>
  sniffMedia(Buffer.from(text, 'latin1'), contentType);

describe('sniffMedia', () => {
  it('knows ASF by its whole GUID', () => {
    expect(sniffMedia(guid, 'text/plain')).toBe('asf');
    expect(sniffMedia(guid.subarray(0, 15), '')).toBe('undecided');
    expect(sniffMedia(Buffer.concat([guid.subarray(0, 15), Buffer.from([0])]), '')).toBe('text');
  });

  it('knows JPEG by its first three bytes', () => {
    expect(sniff('\xff\xd8\xff\xe0', 'text/html')).toBe('jpeg');
    expect(sniff('\xff\xd8')).toBe('undecided');
    expect(sniff('\xff\xd8\x00')).toBe('text');
  });

  it.each(['--ipcamera\r\n', '\r\n\n--x', 'Content-Type: image/jpeg\r\n', 'content-length : 5\n'])(
    'knows a multipart body that begins with %j without any Content-Type',
    (text) => {
      expect(sniff(text)).toBe('multipart');
    },
  );

  it('believes a multipart Content-Type when the body begins with junk', () => {
    expect(sniff('junk', 'multipart/x-mixed-replace;boundary=a')).toBe('multipart');
    expect(sniff('various', 'multipart/x-mixed-replace')).toBe('multipart');
  });

  it.each([
    'File not found.',
    ' \r\n{"error":-2}',
    '<html><form>',
    'var result = -1;',
    "Can't parse request.",
  ])('does not believe it over %j, however little of it has come', (text) => {
    expect(sniff(text, 'multipart/x-mixed-replace;boundary=a')).toBe('text');
    for (let length = 1; length < text.length; length++) {
      expect(sniff(text.slice(0, length), 'multipart/x-mixed-replace')).not.toBe('multipart');
    }
  });

  it.each(['', '-', '\r\n', 'Con', 'content-t', 'content-l'])('waits for more after %j', (text) => {
    expect(sniff(text)).toBe('undecided');
  });

  it.each(['File not found.', '<html>', 'var a=1;', '{"error":-2}', '$H\x00', "Can't parse"])(
    'calls %j text',
    (text) => {
      expect(sniff(text)).toBe('text');
    },
  );

  it('decides the same however the bytes are cut, and within its bound', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const whole = Buffer.concat([Buffer.from(bytes), Buffer.alloc(1024, 0x2e)]);
        for (const type of ['', 'multipart/x-mixed-replace']) {
          const verdict = sniffMedia(whole, type);
          expect(verdict).not.toBe('undecided');
          for (let length = 1; length < bytes.length; length++) {
            expect(['undecided', verdict]).toContain(sniffMedia(whole.subarray(0, length), type));
          }
        }
      }),
    );
  });
});

describe('classifyText', () => {
  it.each([
    ['', { kind: 'empty' }],
    [' \r\n', { kind: 'empty' }],
    ['File not found.', { kind: 'not-found' }],
    ['\nSnapshot Failed.\n', { kind: 'snapshot-failed' }],
    ["Can't parse request.", { kind: 'cannot-parse' }],
    ['<!DOCTYPE html><title>Login</title>', { kind: 'html' }],
    ['<HTML><body>', { kind: 'html' }],
    ['{"error":-14}', { kind: 'error', code: -14 }],
    ['cb({"error":-2,"id":3})', { kind: 'error', code: -2 }],
    ['var error=-6;', { kind: 'error', code: -6 }],
    ['var result=-1;', { kind: 'values', values: new Map([['result', -1]]) }],
    [
      '{"error":0,"id":3}',
      {
        kind: 'values',
        values: new Map([
          ['error', 0],
          ['id', 3],
        ]),
      },
    ],
    ['hello', { kind: 'unknown' }],
  ])('%j', (text, answer) => {
    expect(classifyText(text)).toEqual(answer);
  });
});
