import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pageText, rootFrom } from '../../../../src/http/pages/page-text.ts';

const publicDir = new URL('../../../../public/', import.meta.url);
const pages = readdirSync(publicDir).filter((name) => name.endsWith('.html'));

function read(name: string): string {
  return readFileSync(new URL(name, publicDir), 'utf8');
}

describe('the root of the gateway', () => {
  it.each(['/', '/cameras', '/cameras/', '/embed/front', '/no/such/path', '/no/such/path/', '//'])(
    'seen from %s, wherever a proxy has put it',
    (path) => {
      for (const place of ['', '/cams', '/a/b/cams']) {
        const opened = `https://example.com${place}${path}`;
        expect(new URL(rootFrom(path), opened).href).toBe(`https://example.com${place}/`);
      }
    },
  );
});

describe('a page', () => {
  it.each(pages)('%s has no address from the root of the host', (name) => {
    expect(read(name)).toMatch(/ (?:href|src)="\//);
    const text = pageText('/cameras/front', undefined).write(read(name));
    expect(text).not.toMatch(/="\//);
    expect(text).toContain('href="../styles/base.css"');
  });

  it('of a camera tells the public address', () => {
    const text = pageText('/cameras/front', 'https://a.example/$&/').write(read('camera.html'));
    expect(text).toContain('<meta name="public-url" content="https://a.example/$&amp;/" />');
    const unknown = pageText('/cameras/front', undefined).write(read('camera.html'));
    expect(unknown).toContain('<meta name="public-url" content="" />');
  });
});
