import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isMap, isPair, parseDocument, visit } from 'yaml';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { configKeys } from '../../../src/config/schema.ts';

const path = resolve(import.meta.dirname, '../../../deploy/camgate.example.yaml');
const example = readFileSync(path, 'utf8');

/** Keys from the root joined by dots to the value as it is written. */
function leaves(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  visit(parseDocument(text), {
    Pair(_, pair, ancestors) {
      if (isMap(pair.value)) return;
      const pairs = [...ancestors.filter((node) => isPair(node)), pair];
      found.set(pairs.map(({ key }) => String(key)).join('.'), String(pair.value));
    },
  });
  return found;
}

describe('the example configuration', () => {
  it('is valid', () => {
    const result = parseConfig(example, {
      path,
      env: {},
      readFile: () => '',
      findWriteObstacle: () => undefined,
    });
    expect(result).toMatchObject({ ok: true, warnings: [] });
  });

  it('has every key, with its default', () => {
    const written = leaves(example);
    const exampleOnly = ['url', 'username', 'password', 'name'].map((key) => `cameras.yard.${key}`);
    for (const key of configKeys) {
      const name = key.path.replace('<id>', 'yard');
      if (
        name === 'ffmpegPath' ||
        name === 'server.publicUrl' ||
        name.startsWith('server.tls.') ||
        /passwordFile$|hls\.(window|directory)$/.test(name)
      ) {
        expect(example).toContain(`${name.split('.').at(-1) ?? ''}: `); // in a comment
        continue;
      }
      const inherited = configKeys.find(({ path: other }) => other === key.default)?.default;
      expect(written.has(name), name).toBe(true);
      if (!exampleOnly.includes(name))
        expect(written.get(name), name).toBe(inherited ?? key.default);
    }
  });
});

describe('configKeys', () => {
  it('documents every key once, in one line', () => {
    expect(new Set(configKeys.map((key) => key.path)).size).toBe(configKeys.length);
    for (const { path: name, description } of configKeys) {
      expect(description, name).toMatch(/^[^\n]{10,150}$/);
    }
  });

  it('has the keys of the root, the sections and a camera', () => {
    expect(configKeys.map((key) => key.path)).toMatchInlineSnapshot(`
      [
        "server.host",
        "server.port",
        "server.cors",
        "server.frameAncestors",
        "server.publicUrl",
        "server.tls.certificate",
        "server.tls.key",
        "log.level",
        "log.format",
        "watch",
        "ffmpegPath",
        "hls.part",
        "hls.segment",
        "hls.segments",
        "hls.window",
        "hls.directory",
        "hls.maxBytes",
        "hls.maxDiskBytes",
        "cameras.<id>.url",
        "cameras.<id>.username",
        "cameras.<id>.password",
        "cameras.<id>.passwordFile",
        "cameras.<id>.name",
        "cameras.<id>.via",
        "cameras.<id>.stream",
        "cameras.<id>.pace",
        "cameras.<id>.userAgent",
        "cameras.<id>.audio",
        "cameras.<id>.alwaysOn",
        "cameras.<id>.offline",
        "cameras.<id>.linger",
        "cameras.<id>.stall",
        "cameras.<id>.coldStart",
        "cameras.<id>.maxBitrate",
        "cameras.<id>.hls.part",
        "cameras.<id>.hls.segment",
        "cameras.<id>.hls.segments",
        "cameras.<id>.hls.window",
        "cameras.<id>.hls.directory",
        "cameras.<id>.hls.maxBytes",
        "cameras.<id>.hls.maxDiskBytes",
      ]
    `);
  });
});
