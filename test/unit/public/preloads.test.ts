import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const publicDir = new URL('../../../public/', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(`.${path}`, publicDir), 'utf8');
}

/** The modules that a module needs to start, itself left out; dynamic imports come later. */
function neededBy(path: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const [, specifier = ''] of read(path).matchAll(/^(?:import|\} from).*'(\..*)';$/gm)) {
    const needed = new URL(specifier, `http://page${path}`).pathname;
    if (seen.has(needed)) continue;
    seen.add(needed);
    neededBy(needed, seen);
  }
  return seen;
}

describe('pages that play at once', () => {
  it.each(['camera', 'embed'])('%s preloads its modules, no more and no less', (page) => {
    const html = read(`/${page}.html`);
    const preloaded = [...html.matchAll(/rel="modulepreload" href="(.*?)"/g)].map(
      ([, path]) => path,
    );
    const needed = [...neededBy(`/${page}/${page}.js`)];
    expect(needed).toContain('/player/recovery.js');
    expect(preloaded.sort()).toEqual([...needed, '/vendor/hls.mjs'].sort());
  });
});
