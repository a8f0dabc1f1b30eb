import { describe, expect, it } from 'vitest';
import { front, warningsOf } from './config-rig.ts';

describe('a window that its bytes do not hold', () => {
  it.each([
    [
      'on disk',
      'hls: { window: 6h, directory: /var/cache/camgate }',
      'f:1:8 hls.window: is longer than maxDiskBytes (4GiB) allows: of a camera that sends 2 Mbit/s about 143m are kept. Make window that short, or raise maxDiskBytes to 11GiB (players at what has left the window need as much again).',
    ],
    [
      'in memory',
      'hls: { window: 10m }',
      'f:1:8 hls.window: is longer than maxBytes (64MiB) allows: of a camera that sends 2 Mbit/s about 2m are kept. Make window that short, or set directory to keep it on disk.',
    ],
    [
      'of a minute',
      'hls: { window: 1m, maxBytes: 1MiB }',
      'f:1:8 hls.window: is longer than maxBytes (1MiB) allows: of a camera that sends 2 Mbit/s about 2s are kept. Make window that short, or set directory to keep it on disk.',
    ],
  ])('%s is told with what is kept of it', (_, hls, expected) => {
    expect(warningsOf(`${hls}\n${front}`)).toEqual([expected]);
  });

  it.each([
    'hls: { window: 2m }',
    'hls: { window: 6h, directory: /var/cache/camgate, maxDiskBytes: 11GiB }',
    'hls: { maxBytes: 4MiB }',
    'hls: { maxBytes: 1MiB, directory: /var/cache/camgate }',
  ])('is not %s', (hls) => {
    expect(warningsOf(`${hls}\n${front}`)).toEqual([]);
  });

  it('is told once, where what makes it so is written', () => {
    const text = `hls: { window: 2m }
cameras:
  a: { url: 'http://a/', hls: { maxBytes: 16MiB } }
  b: { url: 'http://b/', hls: { part: 100ms } }
  c: http://c/
`;
    expect(warningsOf(text)).toEqual([
      expect.stringMatching(/^f:3:33 cameras\.a\.hls\.maxBytes: .*about 33s are kept/),
    ]);
  });
});

describe('bytes that do not hold the usual playlist', () => {
  it('are told where they are written', () => {
    expect(warningsOf(`hls: { maxBytes: 1MiB }\n${front}`)).toEqual([
      'f:1:8 hls.maxBytes: makes the playlist shorter than its 7 segments: maxBytes (1MiB) does not hold them of a camera that sends 2 Mbit/s. Raise maxBytes to 4MiB (players at what has left the playlist need as much again).',
    ]);
  });

  it('are told where a camera asks for more than they hold', () => {
    const text = `hls: { maxBytes: 4MiB }
cameras:
  a: { url: 'http://a/', hls: { segments: 30 } }
  b: http://b/
`;
    expect(warningsOf(text)).toEqual([
      expect.stringMatching(/^f:3:33 cameras\.a\.hls\.segments: .*Raise maxBytes to 15MiB/),
    ]);
  });
});
