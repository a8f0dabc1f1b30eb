import type { ErrorCode, YAMLError } from 'yaml';

export interface Description {
  readonly message: string;
  readonly hint: string;
}

const badStart: Description = {
  message: 'a value begins with a character that has a meaning in YAML',
  hint: 'Put the value in single quotes.',
};
const badAlias: Description = {
  message: 'a value begins with * or &, which YAML takes for an alias or anchor that is not there',
  hint: 'Put the value in single quotes.',
};
const badStructure: Description = {
  message: 'this is no valid YAML',
  hint:
    "Write one 'key: value' per line, indented with two spaces per level, and put values with ': " +
    "', '#' or quotes in them in single quotes.",
};

/** Of a variable that YAML takes for the begin of a mapping. */
export const unquotedVariable: Description = {
  message: 'a ${…} inside { } or [ ] is not in quotes',
  hint: 'Put the value in quotes there, like "${NAME}".',
};

const descriptions: Partial<Record<ErrorCode, Description>> = {
  BAD_SCALAR_START: badStart,
  BAD_ALIAS: badAlias,
  ALIAS_PROPS: badAlias,
  MULTIPLE_ANCHORS: badAlias,
  TAG_RESOLVE_FAILED: {
    message: 'a value begins with !, which YAML takes for a type that is not there',
    hint: 'Put the value in single quotes.',
  },
  TAB_AS_INDENT: {
    message: 'a tab is used for indentation',
    hint: 'Indent with spaces, two per level.',
  },
  BAD_INDENT: {
    message: 'the indentation does not fit the lines above',
    hint: 'Indent every key of one level by the same number of spaces.',
  },
  MISSING_CHAR: {
    message: 'a colon, a closing quote or a bracket is missing',
    hint: "Write 'key: value' with a space behind the colon, and close quotes and brackets.",
  },
  MULTIPLE_DOCS: {
    message: 'a second document begins here',
    hint: 'Remove the --- line and what follows: a configuration is one document.',
  },
  RESOURCE_EXHAUSTION: {
    message: 'the file is nested too deeply',
    hint: 'A configuration needs no more than four levels.',
  },
};

/** Own texts for the parser's errors: its messages quote the file, and the quoted piece may be a password. */
export function describeYamlError(code: ErrorCode): Description {
  return descriptions[code] ?? badStructure;
}

/**
 * Without what only follows from a fault before it: once the parser meets what it does not expect, it has lost its way,
 * and calls every piece up to the end of the file unexpected.
 */
export function withoutConsequences(faults: readonly YAMLError[]): readonly YAMLError[] {
  const inOrder = faults.toSorted((a, b) => a.pos[0] - b.pos[0]);
  const lostAt = inOrder.findIndex(({ code }) => code === 'UNEXPECTED_TOKEN');
  const known = lostAt === -1 ? inOrder : inOrder.slice(0, lostAt + 1);
  return known.filter(({ pos }, index) => pos[0] !== known[index - 1]?.pos[0]);
}
