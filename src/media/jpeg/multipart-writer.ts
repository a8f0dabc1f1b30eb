/** How a server pushes JPEG frames; every deviation was met in the field (camera-protocol.md section 5). */
export interface MultipartStyle {
  readonly boundary: string;
  /** The boundary in the Content-Type header. `dashed` has `--` in front already, `absent` leaves the parameter out. */
  readonly headerBoundary: 'plain' | 'quoted' | 'dashed' | 'absent';
  readonly subtype: 'x-mixed-replace' | 'mixed';
  /** `none` sends frame after frame without anything between. */
  readonly delimiter: 'dashed' | 'undashed' | 'double-dashed' | 'none';
  /** The boundary line comes twice. */
  readonly isDelimiterDoubled: boolean;
  readonly hasFirstDelimiter: boolean;
  readonly lineEnd: '\r\n' | '\n';
  /** `wrong` counts half of the bytes. */
  readonly contentLength: 'right' | 'wrong' | 'absent';
  /** Content-Type of a part, undefined for none. */
  readonly partType: string | undefined;
  /** Content-Type of the answer: false for none. */
  readonly hasType: boolean;
  /** Empty lines before each boundary. */
  readonly blankLineCount: number;
  /** Bytes of text that is no part, before each boundary. */
  readonly junkBytes: number;
}

/** The framing of the family's ancestor. */
export const ipcameraStyle: MultipartStyle = {
  boundary: 'ipcamera',
  headerBoundary: 'plain',
  subtype: 'x-mixed-replace',
  delimiter: 'dashed',
  isDelimiterDoubled: false,
  hasFirstDelimiter: true,
  lineEnd: '\r\n',
  contentLength: 'right',
  partType: 'image/jpeg',
  hasType: true,
  blankLineCount: 0,
  junkBytes: 0,
};

/** Named deviations, for the command line and for tests that run over all of them. */
export const multipartVariants = {
  normal: {},
  'lf-only': { lineEnd: '\n' },
  'doubled-boundary': { isDelimiterDoubled: true },
  'undashed-boundary': { delimiter: 'undashed' },
  'double-dashed-boundary': { delimiter: 'double-dashed' },
  'quoted-boundary': { headerBoundary: 'quoted' },
  'dashed-header-boundary': { headerBoundary: 'dashed' },
  'no-header-boundary': { headerBoundary: 'absent' },
  'no-boundary': { delimiter: 'none', headerBoundary: 'absent' },
  'no-first-boundary': { hasFirstDelimiter: false },
  'no-content-length': { contentLength: 'absent' },
  'wrong-content-length': { contentLength: 'wrong' },
  'blank-lines': { blankLineCount: 3 },
  junk: { junkBytes: 200 },
  mixed: { subtype: 'mixed' },
  'part-type-options': { partType: 'image/jpeg; charset=utf-8' },
  'no-part-type': { partType: undefined },
  'no-type': { hasType: false },
} as const satisfies Record<string, Partial<MultipartStyle>>;

export type MultipartVariant = keyof typeof multipartVariants;

/**
 * The Content-Type of the answer, undefined when the style has none. No blank after the semicolon, as cameras write it.
 */
export function multipartContentType(style: MultipartStyle): string | undefined {
  if (!style.hasType) return undefined;
  const type = `multipart/${style.subtype}`;
  switch (style.headerBoundary) {
    case 'plain':
      return `${type};boundary=${style.boundary}`;
    case 'quoted':
      return `${type};boundary="${style.boundary}"`;
    case 'dashed':
      return `${type};boundary=--${style.boundary}`;
    case 'absent':
      return type;
  }
}

/** One frame with all that goes before and after it, in one buffer. */
export function renderPart(jpeg: Buffer, isFirst: boolean, style: MultipartStyle): Buffer {
  const { lineEnd } = style;
  if (style.delimiter === 'none') return jpeg;
  const junk = 'x'.repeat(style.junkBytes) + (style.junkBytes > 0 ? lineEnd : '');
  const delimiter = isFirst && !style.hasFirstDelimiter ? '' : delimiterLines(style);
  const head = [
    ...(style.partType === undefined ? [] : [`Content-Type: ${style.partType}`]),
    ...contentLengthLine(jpeg.length, style),
  ].map((line) => line + lineEnd);
  const before = junk + lineEnd.repeat(style.blankLineCount) + delimiter + head.join('') + lineEnd;
  return Buffer.concat([Buffer.from(before, 'latin1'), jpeg, Buffer.from(lineEnd, 'latin1')]);
}

function delimiterLines(style: MultipartStyle): string {
  const dashes = style.delimiter === 'undashed' ? '' : style.delimiter === 'dashed' ? '--' : '----';
  return `${dashes}${style.boundary}${style.lineEnd}`.repeat(style.isDelimiterDoubled ? 2 : 1);
}

function contentLengthLine(byteCount: number, style: MultipartStyle): string[] {
  if (style.contentLength === 'absent') return [];
  return [
    `Content-Length: ${style.contentLength === 'right' ? byteCount : Math.floor(byteCount / 2)}`,
  ];
}
