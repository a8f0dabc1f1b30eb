import { describe, expect, it } from 'vitest';
import {
  ipcameraStyle,
  multipartContentType,
  multipartVariants,
  renderPart,
  type MultipartStyle,
  type MultipartVariant,
} from '../../../src/media/jpeg/multipart-writer.ts';

const jpeg = Buffer.from('JPEG');

function style(variant: MultipartVariant): MultipartStyle {
  return { ...ipcameraStyle, ...multipartVariants[variant] };
}

function part(variant: MultipartVariant, isFirst = false): string {
  return renderPart(jpeg, isFirst, style(variant)).toString();
}

describe('renderPart', () => {
  const normal = '--ipcamera\r\nContent-Type: image/jpeg\r\nContent-Length: 4\r\n\r\nJPEG\r\n';

  it.each<[MultipartVariant, string]>([
    ['normal', normal],
    ['lf-only', normal.replaceAll('\r', '')],
    ['doubled-boundary', `--ipcamera\r\n${normal}`],
    ['undashed-boundary', normal.slice(2)],
    ['double-dashed-boundary', `--${normal}`],
    ['no-boundary', 'JPEG'],
    ['no-first-boundary', normal],
    ['no-content-length', normal.replace('Content-Length: 4\r\n', '')],
    ['wrong-content-length', normal.replace('4', '2')],
    ['blank-lines', `\r\n\r\n\r\n${normal}`],
    ['junk', `${'x'.repeat(200)}\r\n${normal}`],
    ['part-type-options', normal.replace('image/jpeg', 'image/jpeg; charset=utf-8')],
    ['no-part-type', normal.replace('Content-Type: image/jpeg\r\n', '')],
  ])('%s', (variant, text) => {
    expect(part(variant)).toBe(text);
  });

  it('leaves out the first boundary only', () => {
    expect(part('no-first-boundary', true)).toBe(normal.replace('--ipcamera\r\n', ''));
  });
});

describe('multipartContentType', () => {
  it.each<[MultipartVariant, string | undefined]>([
    ['normal', 'multipart/x-mixed-replace;boundary=ipcamera'],
    ['quoted-boundary', 'multipart/x-mixed-replace;boundary="ipcamera"'],
    ['dashed-header-boundary', 'multipart/x-mixed-replace;boundary=--ipcamera'],
    ['no-header-boundary', 'multipart/x-mixed-replace'],
    ['mixed', 'multipart/mixed;boundary=ipcamera'],
    ['no-type', undefined],
  ])('%s', (variant, type) => {
    expect(multipartContentType(style(variant))).toBe(type);
  });
});
