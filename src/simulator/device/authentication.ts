import type { SimulatedUser } from './accounts.ts';
import type { Device } from './device.ts';
import type { AuthKind } from '../journal.ts';
import type { SimulatedRequest } from '../http/request.ts';

export type AuthVerdict =
  | { readonly kind: 'granted'; readonly user: SimulatedUser }
  /** `isStale`: the digest's nonce is old, the password may be right. */
  | { readonly kind: 'denied'; readonly isStale: boolean };

const denied: AuthVerdict = { kind: 'denied', isStale: false };

/**
 * What kind of credentials a request carries, whether this camera takes them or not. A ticket is seen by the media
 * endpoints.
 */
export function authKindOf(request: SimulatedRequest): AuthKind {
  const scheme = authorization(request)?.scheme;
  if (scheme === 'basic' || scheme === 'digest') return scheme;
  const { parameters } = request;
  if (parameters.has('user')) return 'query';
  return parameters.has('session') && request.path !== 'create_session.cgi' ? 'session' : 'none';
}

/** Checks a request's credentials. Wrong passwords count towards the lockout, missing ones and lost sessions do not. */
export function authenticate(request: SimulatedRequest, device: Device): AuthVerdict {
  const { schemes } = device.settings;
  const kind = authKindOf(request);
  if (device.faults.active('unauthorized') || kind === 'none' || kind === 'ticket') return denied;
  if (!schemes.includes(kind)) return denied;
  switch (kind) {
    case 'digest':
      return verifyDigest(request, device);
    case 'basic':
      return checkPassword(basicCredentials(request, device), device);
    case 'query':
      return checkPassword(queryCredentials(request, device), device);
    case 'session': {
      const user = device.sessions.use(Number(request.parameters.get('session')));
      return user ? { kind: 'granted', user } : denied;
    }
  }
}

/**
 * Checks what create_session.cgi is shown. `user` and `pwd` are how one logs in there (camera-protocol.md section 2),
 * whatever the other addresses of this camera take.
 */
export function authenticateLogin(request: SimulatedRequest, device: Device): AuthVerdict {
  const isLogin = authKindOf(request) === 'query' && !device.faults.active('unauthorized');
  return isLogin
    ? checkPassword(queryCredentials(request, device), device)
    : authenticate(request, device);
}

/** The WWW-Authenticate header of a 401, undefined when the camera takes no Authorization at all. */
export function challenge(device: Device, isStale: boolean): string | undefined {
  const { schemes, profile, login } = device.settings;
  if (login.challenge === 'none') return undefined;
  if (schemes.includes('digest')) return device.digest.challenge(isStale);
  const realm = login.challenge === 'unquoted' ? profile.realm : `"${profile.realm}"`;
  return schemes.includes('basic') ? `Basic realm=${realm}` : undefined;
}

function verifyDigest(request: SimulatedRequest, device: Device): AuthVerdict {
  const credentials = authorization(request)?.credentials ?? '';
  const verdict = device.digest.verify(credentials, request.method, device.settings.users);
  if (verdict.kind === 'wrong') device.lockout.fail();
  if (verdict.kind === 'granted') return verdict;
  return { kind: 'denied', isStale: verdict.kind === 'stale' };
}

interface Given {
  readonly name: string;
  readonly password: string;
}

function checkPassword(given: Given, device: Device): AuthVerdict {
  const user = device.settings.users.find(
    ({ name, password }) => name === given.name && password === given.password,
  );
  if (user) return { kind: 'granted', user };
  device.lockout.fail();
  return denied;
}

function queryCredentials(request: SimulatedRequest, device: Device): Given {
  const { parameters, query } = request;
  const { charset } = device.settings.login;
  if (charset === 'utf8') {
    return { name: parameters.get('user') ?? '', password: parameters.get('pwd') ?? '' };
  }
  const given = new Map(query.split('&').map((pair) => [pair.split('=')[0], pair.split('=')[1]]));
  return { name: unescape(given.get('user') ?? ''), password: unescape(given.get('pwd') ?? '') };
}

/** Percent-encoding of Latin-1. */
function unescape(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function basicCredentials(request: SimulatedRequest, device: Device): Given {
  const { charset } = device.settings.login;
  const text = Buffer.from(authorization(request)?.credentials ?? '', 'base64').toString(charset);
  const colon = text.indexOf(':');
  return { name: text.slice(0, Math.max(0, colon)), password: text.slice(colon + 1) };
}

function authorization(
  request: SimulatedRequest,
): { scheme: string; credentials: string } | undefined {
  const match = /^(\w+)\s+(.*)$/s.exec(request.headers.get('authorization') ?? '');
  return match
    ? { scheme: (match[1] ?? '').toLowerCase(), credentials: match[2] ?? '' }
    : undefined;
}
