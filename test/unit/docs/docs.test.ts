import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/parse-config.ts';
import { configKeys } from '../../../src/config/schema.ts';
import { CamgateError, errorCodes } from '../../../src/lib/errors.ts';
import { metricDocs } from '../../../src/telemetry/metrics.ts';

const root = resolve(import.meta.dirname, '../../..');
const docsFolder = resolve(root, 'docs');
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...readdirSync(docsFolder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

function page(name: string): string {
  return readFileSync(resolve(root, name), 'utf8');
}

/** Cells of the rows below the table head that begins with this column; code marks and escapes removed. */
function tableRows(text: string, firstColumn: string): string[][] {
  const lines = text.split('\n');
  const head = lines.findIndex((line) => new RegExp(`^\\| ${firstColumn} +\\|`).test(line));
  if (head === -1) throw new Error(`There is no table with the column ${firstColumn}.`);
  const body = lines.slice(head + 2);
  const end = body.findIndex((line) => !line.startsWith('|'));
  return body.slice(0, end === -1 ? undefined : end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll(/[`\\]/g, '')),
  );
}

describe('README', () => {
  it('shows a configuration that loads', () => {
    const example = /```yaml\n([^]*?)```/.exec(page('README.md'))?.[1] ?? '';
    const result = parseConfig(example, {
      path: 'camgate.yaml',
      env: { YARD_PASSWORD: 'secret' },
      findWriteObstacle: () => undefined,
      readFile: (path) => {
        throw new Error(`unexpected ${path}`);
      },
    });
    expect(result).toMatchObject({
      ok: true,
      warnings: [],
      config: {
        cameras: [
          { id: 'front', username: 'user', password: 'password' },
          { id: 'yard', password: 'secret', alwaysOn: true, hls: { partMs: 100 } },
        ],
      },
    });
  });

  it('shows in its first screens how to keep it running', () => {
    const start = page('README.md').split('\n').slice(0, 60).join('\n');
    for (const name of ['Dockerfile', 'compose.yaml', 'camgate.service']) {
      expect(start).toContain(`](deploy/${name})`);
    }
  });

  it('takes camgate from nowhere but the checkout', () => {
    for (const name of pages) {
      expect(page(name)).not.toMatch(
        /npx camgate|npm (?:i|install|exec) [^`#\n]*\bcamgate\b|docker pull/,
      );
    }
  });

  it('lists exactly the configuration keys with default and meaning', () => {
    expect(tableRows(page('README.md'), 'Key')).toEqual(
      configKeys.map((key) => [key.path, key.default, key.description]),
    );
  });

  it('says what to do about exactly the error codes', () => {
    const rows = tableRows(page('README.md'), 'Code');
    expect(rows.map(([code]) => code)).toEqual(errorCodes);
    for (const [code = '', , advice = ''] of rows) expect(advice, code).toMatch(/\w.*\.$/);
  });

  it('gives each error that is answered over HTTP its status', () => {
    const answered = tableRows(page('README.md'), 'Code').filter(([, text]) => text !== 'no start');
    const statuses = errorCodes.slice(0, answered.length).map((code) => {
      return [code, String(new CamgateError(code, '').status)];
    });
    expect(answered.map((row) => row.slice(0, 2))).toEqual(statuses);
  });
});

describe('docs/metrics.md', () => {
  it('lists exactly the metrics with type, labels and meaning', () => {
    expect(tableRows(page('docs/metrics.md'), 'Metric')).toEqual(
      metricDocs.map(({ name, type, labels, help }) => [name, type, labels.join(', '), help]),
    );
  });
});

describe('docs/dependencies.md', () => {
  const text = page('docs/dependencies.md');
  const { dependencies, devDependencies } = JSON.parse(page('package.json')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const licenceOf = (name: string): string =>
    (JSON.parse(page(`node_modules/${name}/package.json`)) as { license: string }).license;

  it.each([
    ['Package', dependencies],
    ['Tool', devDependencies],
  ])('has a row for each of package.json, with its licence: %s', (column, listed) => {
    const rows = tableRows(text, column);
    const names = Object.keys(listed);
    expect(rows.map(([name, , licence]) => [name, licence])).toEqual(
      names.map((name) => [name, licenceOf(name)]),
    );
    for (const row of rows) expect(row.filter((cell) => cell === '')).toEqual([]);
  });

  it('knows what they bring along', () => {
    const { packages } = JSON.parse(page('package-lock.json')) as {
      packages: Record<string, { license?: string; dev?: boolean }>;
    };
    const licences = Object.entries(packages).flatMap(([folder, { license = '', dev }]) =>
      folder === '' || dev === true || folder.includes('@ffmpeg-installer') ? [] : [license],
    );
    expect(text).toContain(` these are ${licences.length} packages `);
    expect(licences.filter((name) => !/^(?:MIT|ISC|BSD-3-Clause|Apache-2\.0)$/.test(name))).toEqual(
      [],
    );
  });
});

describe('links', () => {
  it.each(pages)('of %s lead to files and headings that exist', (name) => {
    for (const { file, anchor } of linksOf(name)) {
      const target = file === '' ? resolve(root, name) : resolve(root, dirname(name), file);
      expect(existsSync(target), `${name}: ${file}`).toBe(true);
      if (anchor !== undefined) expect(headings(readFileSync(target, 'utf8'))).toContain(anchor);
    }
  });

  it('of README.md lead to files that the package has', () => {
    const { files } = JSON.parse(page('package.json')) as { files: string[] };
    const packed = [...files, 'LICENSE', 'README.md'];
    const linked = linksOf('README.md').flatMap(({ file }) => (file === '' ? [] : [file]));
    expect(linked.length).toBeGreaterThan(5);
    const missing = linked.filter(
      (file) => !packed.some((entry) => file === entry || file.startsWith(`${entry}/`)),
    );
    expect(missing).toEqual([]);
  });
});

describe('paths', () => {
  it.each(pages)('that %s names exist', (name) => {
    const paths = [...page(name).matchAll(/`((?:src|test|deploy|docs|public)\/[\w./-]*)`/g)];
    const missing = paths
      .map(([, path = '']) => path)
      .filter((path) => !existsSync(resolve(root, path)));
    expect(missing).toEqual([]);
  });
});

interface Link {
  /** Relative to the page; empty for the page itself. */
  readonly file: string;
  readonly anchor: string | undefined;
}

/** Links to other sites left out. */
function linksOf(name: string): Link[] {
  const found = page(name).matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)/g);
  return [...found].map(([, file = '', anchor]) => ({ file, anchor }));
}

/** The names by which a page's headings are linked. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, words = '']) =>
    words
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}
