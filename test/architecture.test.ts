import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../src');

/** What each room may import, besides itself, lib, and the values of config/config.ts. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  config: [],
  media: [],
  ffmpeg: ['media'],
  upstream: ['media'],
  hls: ['media'],
  camera: ['upstream', 'ffmpeg', 'hls', 'media'],
  http: ['camera', 'hls', 'media'],
  telemetry: ['camera'],
  simulator: ['ffmpeg', 'media'],
  'command-line': ['config', 'simulator'],
  gateway: ['http', 'telemetry', 'simulator', 'camera', 'upstream', 'ffmpeg'],
  main: ['gateway', 'config', 'command-line', 'telemetry', 'simulator', 'ffmpeg'],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

function roomOf(path: string): string {
  const [first = ''] = relative(src, path).split(/[\\/]/);
  return first.replace(/\.ts$/, '');
}

function sourceFiles(): string[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(src, name));
}

function imports(): Import[] {
  return sourceFiles().flatMap((from) =>
    [...readFileSync(from, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(
      ([, specifier = '']) => ({ from, to: resolve(dirname(from), specifier) }),
    ),
  );
}

describe('import directions', () => {
  it('finds the imports of the tree', () => {
    expect(imports().length).toBeGreaterThan(100);
  });

  it('names every room', () => {
    const rooms = new Set(sourceFiles().map(roomOf));
    expect([...rooms].filter((room) => !(room in allowed))).toEqual([]);
  });

  it('point one way', () => {
    const wrong = imports()
      .filter(({ from, to }) => {
        const [source, target] = [roomOf(from), roomOf(to)];
        if (source === target || target === 'lib') return false;
        if (to === join(src, 'config/config.ts')) return ['lib', 'media'].includes(source);
        return allowed[source]?.includes(target) !== true;
      })
      .map(({ from, to }) => `${relative(src, from)} -> ${relative(src, to)}`);
    expect(wrong).toEqual([]);
  });

  it('keep http away from ffmpeg', () => {
    expect(allowed['http']).not.toContain('ffmpeg');
  });
});
