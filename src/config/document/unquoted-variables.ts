import { Lexer } from 'yaml';

/** The text with every variable that is not in quotes inside { } or [ ] made into a plain word of the same length. */
export interface MaskedText {
  readonly text: string;
  /** Where the variables stood, as offsets of their $, in the order of the file. */
  readonly offsets: readonly number[];
}

/**
 * `{ password: ${NAME} }` is no YAML, because a { opens a mapping there, and the parser takes all that follows for
 * something else. With a word in its place the rest of the file can be looked at as well.
 */
export function maskUnquotedVariables(text: string): MaskedText {
  const offsets: number[] = [];
  const pieces: string[] = [];
  let offset = 0;
  let doneUpTo = 0;
  let before = '';
  for (const token of new Lexer().lex(text)) {
    // Outside of { } and [ ], in quotes and in comments, a variable is inside a token and never begins one.
    const variable =
      token === '{' && before.endsWith('$') ? variableAt(text, offset - 1) : undefined;
    if (variable !== undefined) {
      offsets.push(offset - 1);
      pieces.push(text.slice(doneUpTo, offset - 1), 'x'.repeat(variable.length));
      doneUpTo = offset - 1 + variable.length;
    }
    if (!isMark(token)) offset += token.length;
    before = token;
  }
  pieces.push(text.slice(doneUpTo));
  return { text: pieces.join(''), offsets };
}

function variableAt(text: string, offset: number): string | undefined {
  const pattern = /\$\{[^{}\n]*\}/y;
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}

/**
 * The lexer's own control characters stand for nothing in the text: start of document, flow error end, start of scalar.
 */
function isMark(token: string): boolean {
  return token === '\u0002' || token === '\u0018' || token === '\u001f';
}
