/** What the tests use of m3u8-parser, which comes without types. */
declare module 'm3u8-parser' {
  export class Parser {
    push(text: string): void;
    end(): void;
    readonly manifest: {
      readonly segments: readonly {
        readonly uri: string;
        readonly map?: { readonly uri: string };
      }[];
      readonly preloadSegment: { readonly preloadHints: readonly { readonly uri: string }[] };
    };
  }
}
