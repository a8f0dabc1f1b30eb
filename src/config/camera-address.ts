import { bad, good, textType, type Reading, type ValueType } from './values.ts';

/** A camera's address, taken apart: credentials never stay in a URL that might be shown. */
export interface CameraAddress {
  readonly url: URL;
  readonly username: string;
  readonly password: string;
}

const percentHint =
  'Write special characters of a password percent-encoded (# %23, / %2F, ? %3F, @ %40, % %25), ' +
  'or use the keys username and password.';

/** `http://user:password@192.168.1.20/`; a user name and password in it are percent-decoded. */
export const cameraAddress: ValueType<CameraAddress> = textType((text) => {
  const trimmed = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    return bad('is not an address', 'Write it with its scheme, like http://192.168.1.20/.');
  }
  if (scheme !== 'http' && scheme !== 'https') {
    return bad(
      `has the scheme ${scheme.slice(0, 20)}`,
      'Use the http:// or https:// address of the camera.',
    );
  }
  // An @ in what is no address, or behind the host, means that a character of the password ended the host too early.
  if (!URL.canParse(trimmed)) {
    return trimmed.includes('@')
      ? bad('is not a valid address', percentHint)
      : bad('is not a valid address', 'Write it like http://192.168.1.20:8080/.');
  }
  return split(new URL(trimmed), /^[^/]*\/\/[^/?#]*:\d+(?=[/?#]|$)/.test(trimmed));
});

function split(url: URL, hasPort: boolean): Reading<CameraAddress> {
  const hasCredentials = url.username !== '' || url.password !== '';
  // `http://user:12/3@host/`: the slash of the password has made `user:12` the host and port.
  const behindHost = hasPort ? url.pathname + url.search + url.hash : url.hash;
  if (!hasCredentials && behindHost.includes('@')) {
    return bad('has an @ behind the host', percentHint);
  }
  let username: string;
  let password: string;
  try {
    username = percentDecoded(url.username);
    password = percentDecoded(url.password);
  } catch {
    return bad('has a % in its user name or password that is no percent-encoding', percentHint);
  }
  url.username = '';
  url.password = '';
  url.hash = '';
  return good({ url, username, password });
}

/** In UTF-8, or in Latin-1 where it is none. @throws URIError where a % is no percent-encoding */
function percentDecoded(text: string): string {
  const isEncoded = !/%(?![0-9a-f]{2})/i.test(text);
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!isEncoded) throw error;
    return text.replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
  }
}
