/** Turns the text of a page into what one of its addresses serves. */
export interface PageText {
  /** Tells this form of a page from its others. */
  readonly form: string;
  write(text: string): string;
}

/**
 * Where the gateway begins, seen from one of its paths: `./` from `/`, `../` from `/cameras/front`. A proxy may have
 * put the gateway below a path of its own, which it takes off what it passes on: so addresses in pages are relative.
 */
export function rootFrom(path: string): string {
  const depth = path.split('/').length - 2;
  return depth > 0 ? '../'.repeat(depth) : './';
}

/**
 * @param path of the request
 * @param publicUrl what codes to copy begin with; undefined: the address that the page was opened at
 */
export function pageText(path: string, publicUrl: string | undefined): PageText {
  const root = rootFrom(path);
  const known = attributeText(publicUrl ?? '');
  return {
    form: root,
    write: (text) =>
      text
        .replaceAll(/ (href|src)="\/(?!\/)/g, ` $1="${root}`)
        .replace('<meta name="public-url" content="" />', () => publicUrlTag(known)),
  };
}

function publicUrlTag(text: string): string {
  return `<meta name="public-url" content="${text}" />`;
}

/** URLs have no quotes once they are parsed. */
function attributeText(text: string): string {
  return text.replaceAll('&', '&amp;');
}
