import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type ParsedNode,
  type Range,
} from 'yaml';
import { startOfFile, type Findings, type Place } from './findings.ts';
import { interpolate, type Environment } from './interpolate.ts';
import { maskUnquotedVariables } from './unquoted-variables.ts';
import {
  describeYamlError,
  withoutConsequences,
  unquotedVariable,
  type Description,
} from './yaml-errors.ts';

/** A value of the configuration file that knows where it stands. */
export type ConfigNode = TextNode | ListNode | MapNode | EmptyNode | UnusableNode;

interface Located {
  readonly place: Place;
  readonly path: string;
}
export interface TextNode extends Located {
  readonly kind: 'text';
  /** With environment variables filled in; may be secret. */
  readonly text: string;
  /** As it stands in the file. */
  readonly raw: string;
}
export interface ListNode extends Located {
  readonly kind: 'list';
  readonly items: readonly ConfigNode[];
}
export interface MapNode extends Located {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
}
export interface EmptyNode extends Located {
  readonly kind: 'empty';
}
/** Already reported; its readers say nothing more. */
export interface UnusableNode extends Located {
  readonly kind: 'unusable';
}
export interface MapEntry {
  readonly key: string;
  readonly place: Place;
  readonly node: ConfigNode;
}

/** Far above any real configuration; aliases of aliases grow past it quickly ("billion laughs"). */
const maxNodes = 50_000;
const maxDepth = 10;
const maxTextLength = 1_048_576;

/** Reads YAML into located nodes. undefined: the text cannot be used at all, and the findings say why. */
export function readDocument(
  text: string,
  env: Environment,
  findings: Findings,
): ConfigNode | undefined {
  const unfit = unfitness(text);
  if (unfit !== undefined) {
    findings.problem({ place: startOfFile, path: '', ...unfit });
    return undefined;
  }
  const lines = new LineCounter();
  const masked = maskUnquotedVariables(text);
  const document = parseDocument(masked.text, {
    lineCounter: lines,
    prettyErrors: false, // its texts quote lines of the file, which may hold a password
    uniqueKeys: false, // reported by NodeReader, with the line of the first
    logLevel: 'error', // 'silent' would let a second document pass
  });
  for (const offset of masked.offsets) {
    findings.problem({ place: placeAt(lines, offset), path: '', ...unquotedVariable });
  }
  const faults = withoutConsequences([...document.errors, ...document.warnings]);
  for (const { code, pos } of faults) {
    findings.problem({ place: placeAt(lines, pos[0]), path: '', ...describeYamlError(code) });
  }
  if (faults.length > 0) return undefined;
  const context = { env, findings, text, parsedText: masked.text };
  return new NodeReader(document, lines, context).read(document.contents);
}

/** What must not reach the YAML parser: it recurses per level, and far enough down that ends the whole process. */
function unfitness(text: string): Description | undefined {
  if (text.length > maxTextLength) {
    return {
      message: 'the file is larger than 1 MiB',
      hint: 'Name the configuration file itself.',
    };
  }
  let depth = 0;
  let deepest = 0;
  for (const [character] of text.matchAll(/[[\]{}]/g)) {
    depth += character === '[' || character === '{' ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  const hasLongRow = /^ *(?:[-?:] +){20}/m.test(text);
  return deepest > 100 || hasLongRow ? describeYamlError('RESOURCE_EXHAUSTION') : undefined;
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return line === 0 ? startOfFile : { line, column: col };
}

class NodeReader {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #env: Environment;
  readonly #findings: Findings;
  readonly #text: string;
  readonly #parsedText: string;
  #nodeCount = 0;

  constructor(
    document: Document.Parsed,
    lines: LineCounter,
    context: {
      readonly env: Environment;
      readonly findings: Findings;
      readonly text: string;
      readonly parsedText: string;
    },
  ) {
    this.#document = document;
    this.#lines = lines;
    this.#env = context.env;
    this.#findings = context.findings;
    this.#text = context.text;
    this.#parsedText = context.parsedText;
  }

  read(node: ParsedNode | null): ConfigNode {
    return this.#read(node, '', startOfFile, 0);
  }

  #read(node: ParsedNode | null, path: string, parent: Place, depth: number): ConfigNode {
    const place = node === null ? parent : this.#place(node.range, parent);
    this.#nodeCount += 1;
    if (this.#nodeCount > maxNodes || depth > maxDepth) return this.#tooMuch(place, path);
    if (isAlias(node)) {
      const target = node.resolve(this.#document) as ParsedNode | undefined;
      if (target !== undefined) return this.#read(target, path, place, depth + 1);
      this.#findings.problem({ place, path, ...describeYamlError('BAD_ALIAS') });
      return { kind: 'unusable', place, path };
    }
    if (isMap(node)) return this.#readMap(node, { place, path }, depth);
    if (isSeq(node)) {
      const items = node.items.map((item, index) =>
        this.#read(item, `${path}.${index + 1}`, place, depth + 1),
      );
      return { kind: 'list', items, place, path };
    }
    if (this.#isMasked(node?.range)) return { kind: 'unusable', place, path };
    if (isScalar(node) && node.value !== null) {
      return this.#readText(scalarText(node), { place, path });
    }
    return { kind: 'empty', place, path };
  }

  #readMap(
    map: { readonly items: readonly { readonly key: unknown; readonly value: unknown }[] },
    at: Located,
    depth: number,
  ): ConfigNode {
    const entries: MapEntry[] = [];
    const seen = new Map<string, Place>();
    for (const pair of map.items) {
      if (!isScalar(pair.key)) return this.#unusableKey(at);
      if (this.#isMasked(pair.key.range)) continue;
      const key = scalarText(pair.key);
      const place = this.#place(pair.key.range, at.place);
      const path = joinPath(at.path, key);
      const first = seen.get(key);
      if (first === undefined) {
        seen.set(key, place);
        const node = this.#read(pair.value as ParsedNode | null, path, place, depth + 1);
        entries.push({ key, place, node });
      } else {
        this.#findings.problem({
          place,
          path,
          message: `is given twice, first in line ${first.line}`,
          hint: 'Keep one of the two.',
        });
      }
    }
    return { kind: 'map', entries, ...at };
  }

  #readText(raw: string, at: Located): ConfigNode {
    const result = interpolate(raw, this.#env);
    if (result.ok) return { kind: 'text', text: result.text, raw, ...at };
    this.#findings.problem({ ...at, message: result.message, hint: result.hint });
    return { kind: 'unusable', ...at };
  }

  #tooMuch(place: Place, path: string): ConfigNode {
    // Said once: everything behind the limit is over it as well.
    if (this.#nodeCount <= maxNodes + 1) {
      this.#findings.problem({
        place,
        path,
        message: 'the file is nested too deeply or grows too large through aliases',
        hint: 'Write the values out instead of using * aliases.',
      });
    }
    this.#nodeCount = maxNodes + 1;
    return { kind: 'unusable', place, path };
  }

  #unusableKey(at: Located): ConfigNode {
    this.#findings.problem({
      ...at,
      message: 'has a key that is not a plain word',
      hint: 'Write keys as one word and a colon; put values that begin with { or [ in quotes.',
    });
    return { kind: 'unusable', ...at };
  }

  /** A variable without quotes stands in this scalar, which is reported already. */
  #isMasked(range: Range | null | undefined): boolean {
    if (!range) return false;
    const [start, end] = range;
    return this.#text.slice(start, end) !== this.#parsedText.slice(start, end);
  }

  #place(range: Range | null | undefined, parent: Place): Place {
    return range ? placeAt(this.#lines, range[0]) : parent;
  }
}

/** Plain numbers and words count as they are written: a password of 0123 keeps its zero. */
function scalarText(scalar: { readonly value: unknown; readonly source?: string }): string {
  return typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? '');
}

/** A key in a problem's path. What does not look like a key may be a misplaced address with a password: not shown. */
function joinPath(path: string, key: string): string {
  const shown = /^[\w.-]{1,64}$/.test(key) ? key : '(unreadable key)';
  return path === '' ? shown : `${path}.${shown}`;
}
