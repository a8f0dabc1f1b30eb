import { describe, expect, it } from 'vitest';
import {
  corsOrigins,
  frameAncestors,
  isLoopback,
  listenHost,
  publicAddress,
} from '../../../src/config/addresses.ts';
import { cameraAddress } from '../../../src/config/camera-address.ts';
import {
  bitrate,
  duration,
  headerText,
  line,
  renderBitrate,
  renderDuration,
  size,
  type ValueType,
} from '../../../src/config/values.ts';

function read<T>(type: ValueType<T>, ...texts: string[]): T | string {
  const reading = type.read(texts);
  return reading.ok ? reading.value : reading.message;
}

describe('duration', () => {
  const type = duration({ min: 50, max: 3_600_000 });

  it.each([
    ['50ms', 50],
    ['1.5s', 1500],
    ['2 m', 120_000],
    ['1h', 3_600_000],
    ['49ms', 'is too small'],
    ['61m', 'is too large'],
    ['15', 'has no unit'],
    ['-1s', 'is not a length of time'],
    ['1e3s', 'is not a length of time'],
    ['15S', 'is not a length of time'],
    ['', 'is not a length of time'],
  ])('reads %j as %j', (text, expected) => {
    expect(read(type, text)).toBe(expected);
  });

  it.each([200, 1000, 1500, 90_000, 120_000, 86_400_000])(
    'renders %d so that it reads back',
    (ms) => {
      expect(read(duration({ min: 0, max: 1e9 }), renderDuration(ms))).toBe(ms);
    },
  );
});

describe('size', () => {
  it.each([
    ['1KiB', 1024],
    ['1.5mib', 1_572_864],
    ['1GiB', 'is too large'],
    ['100', 'has no unit'],
    ['1MB', 'is not a size'],
  ])('reads %j as %j', (text, expected) => {
    expect(read(size({ min: 1, max: 1e9 }), text)).toBe(expected);
  });
});

describe('bitrate', () => {
  it.each([
    ['800kbit/s', 800_000],
    ['1.5 gbit/s', 1_500_000_000],
    ['3Gbit/s', 'is too large'],
    ['200', 'has no unit'],
    ['25MB/s', 'is not a bitrate'],
  ])('reads %j as %j', (text, expected) => {
    expect(read(bitrate({ min: 1, max: 2e9 }), text)).toBe(expected);
  });

  it.each([1_000, 800_000, 200e6, 1.5e9])('renders %d so that it reads back', (bitsPerSecond) => {
    expect(read(bitrate({ min: 0, max: 2e9 }), renderBitrate(bitsPerSecond))).toBe(bitsPerSecond);
  });
});

describe('line', () => {
  it.each([
    ['Grüße 🎥', 'Grüße 🎥'],
    ['a\nb', 'contains a line break or another control character'],
    ['', 'is empty'],
    ['123456789', 'is longer than 8 characters'],
  ])('reads %j as %j', (text, expected) => {
    expect(read(line({ min: 1, max: 8 }), text)).toBe(expected);
  });
});

describe('headerText', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64)', 'Mozilla/5.0 (X11; Linux x86_64)'],
    ['a', 'a'],
    ['a\r\nX: y', 'contains a line break or another control character'],
    ['Käfer', 'is not usable in an HTTP header'],
    [' a', 'is not usable in an HTTP header'],
  ])('%j', (text, expected) => {
    expect(read(headerText({ min: 1, max: 99 }), text)).toBe(expected);
  });
});

describe('listenHost', () => {
  it.each([
    ['0.0.0.0', '0.0.0.0'],
    ['::', '::'],
    ['[::1]', '::1'],
    ['localhost', 'localhost'],
    ['gate.example.org', 'gate.example.org'],
    ['0.0.0.0:8080', 'is not a host alone'],
    ['http://a/', 'is not a host alone'],
    ['256.1.1.1', 'is not an IPv4 address'],
    ['a b', 'is not a host'],
    ['', 'is not a host'],
  ])('reads %j as %j', (text, expected) => {
    expect(read(listenHost, text)).toBe(expected);
  });

  it('knows which ones are this machine alone', () => {
    expect(
      ['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::', '10.0.0.1'].filter(isLoopback),
    ).toEqual(['127.0.0.1', '::1', 'localhost']);
  });
});

describe('origins', () => {
  it.each([
    [['*'], ['*']],
    [[], []],
    [
      ['HTTPS://Example.com:443/', 'http://a:3000'],
      ['https://example.com', 'http://a:3000'],
    ],
    [['*', 'http://a'], 'has * beside other entries'],
    [['example.com'], 'is not an origin'],
    [['http://a/b'], 'is not an origin: it has a path'],
    [['http://u@a'], 'is not an origin: it contains a user'],
    [['ftp://a'], 'is not an origin'],
    [['http://'], 'is not an origin'],
  ])('of CORS: %j is %j', (texts, expected) => {
    expect(read(corsOrigins, ...texts)).toEqual(expected);
  });

  it.each([
    ['https://Example.com', 'https://example.com/'],
    ['http://example.com:8080/a/cams', 'http://example.com:8080/a/cams/'],
    ['https://example.com/cams/', 'https://example.com/cams/'],
    ['example.com/cams', 'is not an address'],
    ['ftp://example.com/', 'is not an address'],
    ['https://user:secret@example.com/', 'contains a user or a password'],
    ['https://example.com/?a', 'has more than a path'],
    ['https://example.com/#a', 'has more than a path'],
  ])('a public address: %j is %j', (text, expected) => {
    expect(read(publicAddress, text)).toBe(expected);
  });

  it.each([
    [['self'], ["'self'"]],
    [["'none'"], ["'none'"]],
    [
      ['self', 'https://a'],
      ["'self'", 'https://a'],
    ],
    [['none', 'https://a'], "has 'none' beside other entries"],
  ])('of frames: %j is %j', (texts, expected) => {
    expect(read(frameAncestors, ...texts)).toEqual(expected);
  });
});

describe('cameraAddress', () => {
  it.each([
    ['http://user:12/3@host/', 'has an @ behind the host'],
    ['http://user:80/3@host/', 'has an @ behind the host'],
    ['http://user:123#4@host/', 'has an @ behind the host'],
    ['http://user:a#4@host/', 'is not a valid address'],
    ['http://', 'is not a valid address'],
    ['rtsp://host/', 'has the scheme rtsp'],
    ['192.168.1.20', 'is not an address'],
    ['http://u:%E0%A4%A@host/', 'has a % in its user name or password that is no percent-encoding'],
  ])('refuses %j', (text, expected) => {
    expect(read(cameraAddress, text)).toBe(expected);
  });

  it.each([
    ['UTF-8', 'http://u:gr%C3%BCn@host/'],
    ['Latin-1', 'http://u:gr%FCn@host/'],
  ])('reads a password in %s', (_, text) => {
    expect(read(cameraAddress, text)).toMatchObject({ password: 'gr\u00fcn' });
  });

  it('keeps an @ in the path of an address without a port', () => {
    expect(read(cameraAddress, 'http://host/live/@main')).toMatchObject({ username: '' });
  });
});
