import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const folders = ['.ci', 'bench', 'deploy', 'docs', 'public', 'src', 'test'];
/** Drawings, and documents that programs write, have the lines that they have. */
const isRead = (name: string): boolean => !/\.(json|svg|png|woff2?)$/.test(name);

/** Columns, in characters. */
const limit = 120;

/** Texts that tests compare whole, and data: broken up they could not be looked for. */
const literal = /'[^']{60,}'|"[^"]{60,}"|`[^`]{60,}`|\/\^.{60,}\/|\S{60,}/;

function mayBeLong(name: string, line: string): boolean {
  // Markdown cannot break the row of a table.
  if (name.endsWith('.md')) return line.startsWith('|');
  // The one argument of a program.
  if (name === 'deploy/Dockerfile') return line.trimStart().startsWith('CMD ');
  return name.startsWith('test/') && literal.test(line);
}

/** In code points: one for each character that is used here. */
function lengthOf(line: string): number {
  return Array.from(line).length;
}

function textFiles(): string[] {
  const below = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)),
  );
  const above = readdirSync(root).filter((name) => /\.(md|mjs|ts)$/.test(name));
  return [...below, ...above].filter(isRead);
}

describe('lines', () => {
  it(`are no longer than ${limit} columns, in code and in prose`, () => {
    const files = textFiles();
    expect(files.length).toBeGreaterThan(300);
    const long = files.flatMap((name) =>
      readFileSync(join(root, name), 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          lengthOf(line) > limit && !mayBeLong(name, line) ? [`${name}:${index + 1}`] : [],
        ),
    );
    expect(long).toEqual([]);
  });
});
