import { nearest } from '../lib/nearest.ts';
import type { ConfigNode, TextNode } from './document/document.ts';
import type { Findings, Place } from './document/findings.ts';
import type { Reading, ValueType } from './values.ts';

/** One key of the configuration: what it takes, what it is without, and what it is for. */
export interface Key<T> {
  readonly type: ValueType<T>;
  /** As it would be written in the file; undefined when there is none. */
  readonly defaultTexts: readonly string[] | undefined;
  /** One line of documentation with the unit and the limits that matter. */
  readonly description: string;
  /** Values of secret keys are never shown. */
  readonly isSecret: boolean;
}

export type Keys = Readonly<Record<string, Key<unknown>>>;

/** What a section's keys read as; a key without a default may be missing. */
export type Values<K extends Keys> = {
  readonly [Name in keyof K]: K[Name] extends Key<infer T> ? T : never;
};

export function key<T>(
  type: ValueType<T>,
  defaultText: string,
  description: string,
): Key<T> & { readonly defaultTexts: readonly string[] } {
  return { type, defaultTexts: [defaultText], description, isSecret: false };
}

export function optionalKey<T>(type: ValueType<T>, description: string): Key<T | undefined> {
  return { type, defaultTexts: undefined, description, isSecret: false };
}

export function secretKey<T>(type: ValueType<T>, description: string): Key<T | undefined> {
  return { type, defaultTexts: undefined, description, isSecret: true };
}

export interface Section<K extends Keys> {
  readonly values: Values<K>;
  /** Where each given key stands. */
  readonly places: ReadonlyMap<string, Place>;
  /** Sections inside this one, by key. */
  readonly nested: ReadonlyMap<string, ConfigNode>;
  /** Given keys whose value is wrong: `values` holds their defaults, and rules between keys say nothing about them. */
  readonly unusable: ReadonlySet<string>;
  /** No problem was found in this section's own keys. */
  readonly isSound: boolean;
}

export interface SectionOptions<K extends Keys> {
  readonly keys: K;
  /** Keys that hold sections of their own, read by the caller. */
  readonly nestedKeys: readonly string[];
  /** What keys are when they are not given. */
  readonly defaults: Values<K>;
}

export function defaultsOf<K extends Keys>(keys: K): Values<K> {
  const entries = Object.entries(keys).map(([name, { type, defaultTexts }]) => {
    if (defaultTexts === undefined) return [name, undefined];
    const reading = type.read(defaultTexts);
    if (!reading.ok) throw new Error(`the default of ${name} ${reading.message}`);
    return [name, reading.value];
  });
  return Object.fromEntries(entries) as Values<K>;
}

/** Reads one mapping. An empty one (`server:` with every line commented out) is all defaults. */
export function readSection<K extends Keys>(
  node: ConfigNode | undefined,
  options: SectionOptions<K>,
  findings: Findings,
): Section<K> {
  const values: Record<string, unknown> = { ...options.defaults };
  const places = new Map<string, Place>();
  const nested = new Map<string, ConfigNode>();
  const unusable = new Set<string>();
  const problemsBefore = findings.problemCount;
  const known = [...Object.keys(options.keys), ...options.nestedKeys];
  for (const entry of entriesOf(node, known, findings)) {
    if (options.nestedKeys.includes(entry.key)) {
      nested.set(entry.key, entry.node);
    } else if (Object.hasOwn(options.keys, entry.key)) {
      places.set(entry.key, entry.place);
      const value = readValue(entry.node, options.keys[entry.key] as Key<unknown>, findings);
      if (value === undefined) unusable.add(entry.key);
      else values[entry.key] = value;
    } else {
      findings.problem({
        place: entry.place,
        path: entry.node.path,
        message: 'is not a known key',
        hint: suggestion(entry.key, known),
      });
    }
  }
  const isSound = findings.problemCount === problemsBefore;
  return { values: values as Values<K>, places, nested, unusable, isSound };
}

function entriesOf(node: ConfigNode | undefined, known: readonly string[], findings: Findings) {
  if (node?.kind === 'map') return node.entries;
  if (node?.kind === 'text' || node?.kind === 'list') {
    findings.problem({
      ...node,
      message: 'is not a group of keys',
      hint: `Write keys below it, indented, each with a colon: ${known.join(', ')}.`,
    });
  }
  return [];
}

function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean ${near}?`;
}

function readValue<T>(
  node: ConfigNode,
  { type, isSecret }: Key<T>,
  findings: Findings,
): T | undefined {
  const texts = textsOf(node, type, findings);
  if (texts === undefined) return undefined;
  const reading: Reading<T> = type.read(texts.map(({ text }) => text));
  if (reading.ok) return reading.value;
  const [only] = texts;
  const subject =
    isSecret || node.kind === 'list' || only === undefined ? 'the value' : quote(only);
  findings.problem({ ...node, message: `${subject} ${reading.message}`, hint: reading.hint });
  return undefined;
}

/** Only what cannot hold a password in an address is shown, and never what a variable contained. */
function quote({ raw }: TextNode): string {
  return /^[\w .,:;'$ {}[\]/+-]{1,60}$/.test(raw) && !raw.includes('//') ? `"${raw}"` : 'the value';
}

function textsOf<T>(
  node: ConfigNode,
  { form }: ValueType<T>,
  findings: Findings,
): readonly TextNode[] | undefined {
  switch (node.kind) {
    case 'text':
      return [node];
    case 'unusable':
      return undefined;
    case 'empty':
      findings.problem({
        ...node,
        message: 'has no value',
        hint: 'Write one, or remove the key; a value that begins with # or is the word null needs quotes.',
      });
      return undefined;
    case 'list': {
      const texts = node.items.filter((item) => item.kind === 'text');
      if (form === 'list' && texts.length === node.items.length) return texts;
      if (node.items.some((item) => item.kind === 'unusable')) return undefined;
      break;
    }
    case 'map':
      break;
  }
  findings.problem({
    ...node,
    message: node.kind === 'list' ? 'is a list' : 'has keys below it',
    hint:
      form === 'list'
        ? 'Write one value, or a list of values like [a, b].'
        : 'Write one value behind the colon; a value that begins with [ or { needs quotes.',
  });
  return undefined;
}
