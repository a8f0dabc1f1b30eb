import { dirname, resolve } from 'node:path';
import type { FileContext } from './context.ts';
import type { MapEntry } from './document/document.ts';
import type { cameraKeys } from './schema.ts';
import type { Section } from './section.ts';

export interface Credentials {
  /** Both empty when none are configured. */
  readonly username: string;
  readonly password: string;
}

/**
 * Credentials from the url, from keys or from a file; the user may come from one and the password from another. The
 * same thing in two places is a problem, not a precedence.
 */
export function readCredentials(
  entry: MapEntry,
  section: Section<typeof cameraKeys>,
  context: FileContext,
): Credentials {
  const { values, places } = section;
  const { findings } = context;
  const complain = (name: string, message: string, hint: string): void => {
    const place = places.get(name) ?? entry.place;
    findings.problem({ place, path: `${entry.node.path}.${name}`, message, hint });
  };
  const passwordKeys = ['password', 'passwordFile'].filter((name) => places.has(name));
  const fromUrl = { username: values.url?.username ?? '', password: values.url?.password ?? '' };
  const doubled = [
    ...(fromUrl.username === '' ? [] : ['username'].filter((name) => places.has(name))),
    ...(fromUrl.password === '' ? [] : passwordKeys),
  ];
  const [first] = doubled;
  if (first !== undefined) {
    const what = first === 'username' ? 'user' : 'password';
    complain(
      first,
      `is given beside a ${what} in the url`,
      `Remove the ${what} from the url, or remove ${doubled.join(' and ')}.`,
    );
  }
  if (passwordKeys.length > 1) {
    complain('passwordFile', 'is given beside password', 'Keep one of the two.');
  }
  if (passwordKeys[0] !== undefined && !places.has('username') && fromUrl.username === '') {
    complain(passwordKeys[0], 'is given without a username', 'Add username, for example admin.');
  }
  const fromFile =
    values.passwordFile === undefined
      ? undefined
      : readPasswordFile(values.passwordFile, context, (message, hint) =>
          complain('passwordFile', message, hint),
        );
  return {
    username: values.username ?? fromUrl.username,
    password: fromFile ?? values.password ?? fromUrl.password,
  };
}

/** The first line of the file: editors end a file with a line feed that is not part of the password. */
function readPasswordFile(
  file: string,
  { configPath, readFile }: FileContext,
  complain: (message: string, hint: string) => void,
): string | undefined {
  const path = resolve(dirname(configPath), file);
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    complain(
      `names a file that cannot be read (${code})`,
      `Make ${path} readable for the user that runs camgate; the path is relative to the configuration file.`,
    );
    return undefined;
  }
  const password = text.replace(/\r?\n$/, '');
  if (password === '' || password.length > 256 || /[\r\n\0]/.test(password)) {
    complain(
      'names a file that does not hold one line with a password',
      `Write the password alone into ${path}, in one line of at most 256 characters.`,
    );
    return undefined;
  }
  return password;
}
