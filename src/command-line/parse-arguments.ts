import { parseArgs } from 'node:util';
import { logKeys, serverKeys } from '../config/schema.ts';
import { nearest } from '../lib/nearest.ts';
import type { LogConfig } from '../config/config.ts';
import type { ValueType } from '../config/values.ts';

/** What a command line asks for. */
export type Command =
  | RunCommand
  | { readonly type: 'check'; readonly file: string }
  /** Without a file: every running gateway of this user. */
  | { readonly type: 'reload'; readonly file: string | undefined }
  /** The arguments behind `simulate`, which has a command line of its own. */
  | { readonly type: 'simulate'; readonly args: readonly string[] }
  | { readonly type: 'help' }
  | { readonly type: 'version' }
  /** `message` is what to tell the user; it repeats no address, which may hold a password. */
  | { readonly type: 'usage-error'; readonly message: string };

export interface RunCommand {
  readonly type: 'run';
  readonly source: CameraSource;
  readonly overrides: Overrides;
}

/** Where the cameras come from; `unspecified` is left to the environment, then the demo. */
export type CameraSource =
  | { readonly type: 'urls'; readonly urls: readonly string[] }
  | { readonly type: 'file'; readonly file: string }
  | { readonly type: 'unspecified' };

/** Options that go before what the configuration says. */
export interface Overrides {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly logLevel: LogConfig['level'] | undefined;
}

const options = {
  config: { type: 'string', short: 'c' },
  host: { type: 'string' },
  port: { type: 'string', short: 'p' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

type OptionName = keyof typeof options;

const commandNames = ['check', 'reload', 'simulate'] as const;

export function parseArguments(args: readonly string[]): Command {
  if (args[0] === 'simulate') return { type: 'simulate', args: args.slice(1) };
  try {
    return interpret(readArguments(args));
  } catch (error) {
    if (error instanceof Usage) return { type: 'usage-error', message: error.message };
    throw error;
  }
}

/** Carries a usage error out of the readers below; does not leave this file. */
class Usage extends Error {}

interface Arguments {
  readonly given: ReadonlyMap<OptionName, string | undefined>;
  readonly positionals: readonly string[];
}

function readArguments(args: readonly string[]): Arguments {
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<OptionName, string | undefined>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(notEmpty(token.value));
    if (token.kind !== 'option') continue;
    const name = knownOption(token.name, token.rawName);
    const takesValue = options[name].type === 'string';
    // `--port --help`: the next option is no value.
    const isOption = token.inlineValue === false && token.value.startsWith('-');
    if (takesValue && (token.value === undefined || token.value === '' || isOption)) {
      throw new Usage(`${token.rawName} needs a value.`);
    }
    if (!takesValue && token.value !== undefined) {
      throw new Usage(`${token.rawName} takes no value.`);
    }
    if (given.has(name)) throw new Usage(`${token.rawName} is given twice.`);
    given.set(name, token.value);
  }
  return { given, positionals };
}

/** `camgate "$CAMERA"` where that is not set. */
function notEmpty(text: string): string {
  if (text.trim() !== '') return text;
  throw new Usage('An argument is empty; leave it out, or set the variable that stands there.');
}

function knownOption(name: string, rawName: string): OptionName {
  if (Object.hasOwn(options, name)) return name as OptionName;
  const near = nearest(name, Object.keys(options));
  const advice = near === undefined ? 'See camgate --help.' : `Did you mean --${near}?`;
  throw new Usage(`There is no option ${rawName}. ${advice}`);
}

function interpret({ given, positionals }: Arguments): Command {
  if (given.has('help')) return { type: 'help' };
  if (given.has('version')) return { type: 'version' };
  const [first, ...rest] = positionals;
  if (first === 'check') return interpretCheck(given, rest);
  if (first === 'reload') return interpretReload(given, rest);
  for (const positional of positionals) requireAddress(positional);
  const file = given.get('config');
  if (file !== undefined && positionals.length > 0) {
    throw new Usage('Camera addresses and --config are given; use one of the two.');
  }
  const overrides: Overrides = {
    host: checked('--host', given.get('host'), serverKeys.host.type),
    port: checked('--port', given.get('port'), serverKeys.port.type),
    logLevel: checked('--log-level', given.get('log-level'), logKeys.level.type),
  };
  return { type: 'run', source: sourceOf(file, positionals), overrides };
}

function sourceOf(file: string | undefined, urls: readonly string[]): CameraSource {
  if (file !== undefined) return { type: 'file', file };
  return urls.length > 0 ? { type: 'urls', urls } : { type: 'unspecified' };
}

function interpretCheck(given: Arguments['given'], files: readonly string[]): Command {
  const [option] = given.keys();
  if (option !== undefined) {
    throw new Usage(
      `camgate check takes no --${option}, only the file: camgate check camgate.yaml`,
    );
  }
  const [file] = files;
  if (file === undefined || files.length > 1) {
    throw new Usage('camgate check takes one file: camgate check camgate.yaml');
  }
  return { type: 'check', file };
}

function interpretReload(given: Arguments['given'], files: readonly string[]): Command {
  const named = given.get('config');
  const [option] = [...given.keys()].filter((name) => name !== 'config');
  if (option !== undefined) {
    throw new Usage(
      `camgate reload takes no --${option}; the options of the start stay as they are.`,
    );
  }
  const [file = named] = files;
  if (files.length > (named === undefined ? 1 : 0)) {
    throw new Usage('camgate reload takes one file at most: camgate reload camgate.yaml');
  }
  return { type: 'reload', file };
}

function requireAddress(text: string): void {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return;
  if (text === 'simulate') {
    throw new Usage('Options of camgate simulate go behind it: camgate simulate --help');
  }
  if (/\.ya?ml$/i.test(text)) {
    throw new Usage(`A configuration file needs --config: camgate --config ${text}`);
  }
  if (/[.:@]/.test(text)) {
    throw new Usage('A camera address begins with http:// or https://.');
  }
  const near = nearest(text, commandNames);
  const advice = near === undefined ? 'See camgate --help.' : `Did you mean ${near}?`;
  throw new Usage(`There is no command ${text.slice(0, 40)}. ${advice}`);
}

function checked<T>(option: string, text: string | undefined, type: ValueType<T>): T | undefined {
  if (text === undefined) return undefined;
  const reading = type.read([text]);
  if (!reading.ok) throw new Usage(`The value of ${option} ${reading.message}. ${reading.hint}`);
  return reading.value;
}
