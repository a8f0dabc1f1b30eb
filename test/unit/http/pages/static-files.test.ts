import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { StaticFiles } from '../../../../src/http/pages/static-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'camgate-static-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('StaticFiles', () => {
  it('reads and codes a file once, and again when it has changed', async () => {
    const files = new StaticFiles();
    const path = write('a.js', 'let a;'.repeat(100));
    const first = await files.find(path);
    expect(await files.find(path)).toBe(first);
    expect(await first?.body('br')).toBe(await first?.body('br'));
    write('a.js', 'let b;'.repeat(101));
    const second = await files.find(path);
    expect(second?.bytes.toString()).toContain('let b;');
    expect(second?.etag('br')).not.toBe(first?.etag('br'));
  });

  it('makes each form of a page once, and again when the page has changed', async () => {
    const files = new StaticFiles();
    const path = write('page.html', 'text');
    const form = (name: string) => ({ form: name, write: (text: string) => `${name} ${text}` });
    const [first, other] = [
      await files.find(path, form('./')),
      await files.find(path, form('../')),
    ];
    expect(first?.bytes.toString()).toBe('./ text');
    expect(other?.bytes.toString()).toBe('../ text');
    expect(await files.find(path, form('./'))).toBe(first);
    write('page.html', 'news');
    expect((await files.find(path, form('./')))?.bytes.toString()).toBe('./ news');
  });

  it('knows no folder and nothing that is missing', async () => {
    const files = new StaticFiles();
    for (const path of [folder, join(folder, 'none.js'), join(write('b.js', ''), 'c.js')]) {
      expect(await files.find(path)).toBeUndefined();
    }
  });

  it('keeps a bounded number of bytes', async () => {
    const files = new StaticFiles();
    const small = write('small.js', 'x');
    const kept = await files.find(small);
    expect(await files.find(small)).toBe(kept);
    await files.find(write('large.js', 'x'.repeat(5_000_000)));
    expect(await files.find(small)).not.toBe(kept);
  });
});
