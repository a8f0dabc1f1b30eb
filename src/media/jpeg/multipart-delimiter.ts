const dash = 0x2d;
const lf = 0x0a;
const cr = 0x0d;

export interface Delimiter {
  /** Of its first dash. */
  readonly at: number;
  /** Where the frame before it ends: its own line break belongs to the delimiter (RFC 2046 section 5.1.1). */
  readonly frameEnd: number;
}

export interface DelimiterSearch {
  /** `--` and the boundary. */
  readonly delimiter: string;
  /** Content-Length of the part that is searched. */
  readonly declaredBytes: number | undefined;
  readonly from: number;
}

/**
 * The first delimiter line in a part that begins with `view`. Image data may hold the same bytes by chance, so a line
 * must end behind it, and before it must stand a line break or the end by Content-Length.
 */
export function delimiterIn(view: Buffer, search: DelimiterSearch): Delimiter | undefined {
  const { delimiter, declaredBytes, from } = search;
  for (let found = view.indexOf(delimiter, from); found >= 0;) {
    const behind = view[found + delimiter.length];
    if (behind === cr || behind === lf || behind === dash) {
      const at = dashesStart(view, found);
      const frameEnd = lineBreakStart(view, at);
      const isDeclared =
        declaredBytes !== undefined && declaredBytes >= frameEnd && declaredBytes <= at;
      if (isDeclared) return { at, frameEnd: declaredBytes };
      if (frameEnd < at) return { at, frameEnd };
    }
    found = view.indexOf(delimiter, found + 1);
  }
  return undefined;
}

/** Some cameras write more dashes than two. */
function dashesStart(view: Buffer, found: number): number {
  let at = found;
  while (at > 0 && view[at - 1] === dash) at -= 1;
  return at;
}

function lineBreakStart(view: Buffer, at: number): number {
  if (at < 1 || view[at - 1] !== lf) return at;
  return at >= 2 && view[at - 2] === cr ? at - 2 : at - 1;
}
