import { hasPermission, type Permission, type SimulatedUser } from './accounts.ts';
import { authenticate, challenge } from './authentication.ts';
import { renderCgiAnswer, type CgiFields } from './cgi-answer.ts';
import type { Device } from './device.ts';
import type { Exchange } from '../http/exchange.ts';

/** Serves one path. Resolves when the answer is written or its stream has begun. */
export type Endpoint = (exchange: Exchange, device: Device) => Promise<void>;

/** A CGI's answer in the form that the request asks for. `error` is 0 or negative. */
export async function answerCgi(
  exchange: Exchange,
  device: Device,
  answer: { readonly fields: CgiFields; readonly error: number; readonly status?: number },
): Promise<void> {
  const { parameters } = exchange.request;
  const { spacing } = device.settings;
  const { contentType, body } = renderCgiAnswer(answer.fields, answer.error, {
    parameters,
    spacing,
  });
  await exchange.answer({ status: answer.status ?? 200, contentType }, body);
}

/** A 401 with the camera's challenge; its body is an error in the form that was asked for. */
export async function answerUnauthorized(
  exchange: Exchange,
  device: Device,
  isStale = false,
): Promise<void> {
  const scheme = challenge(device, isStale);
  const { parameters } = exchange.request;
  const { spacing } = device.settings;
  const { contentType, body } = renderCgiAnswer({}, -14, { parameters, spacing });
  const headers: Record<string, string> =
    scheme === undefined ? {} : { 'WWW-Authenticate': scheme };
  await exchange.answer({ status: 401, contentType, headers }, body || 'Unauthorized');
}

/** The request's user when it may do all of this; otherwise the request has been answered. */
export async function authorize(
  exchange: Exchange,
  device: Device,
  permissions: readonly Permission[],
): Promise<SimulatedUser | undefined> {
  const verdict = authenticate(exchange.request, device);
  if (verdict.kind === 'denied') {
    await answerUnauthorized(exchange, device, verdict.isStale);
    return undefined;
  }
  const { user } = verdict;
  device.recordLogin({
    at: device.settings.clock.wallMs(),
    user: user.name,
    address: exchange.socket.remoteAddress ?? '',
  });
  if (permissions.every((permission) => hasPermission(user, permission))) return user;
  await answerCgi(exchange, device, { fields: {}, error: -5, status: 403 });
  return undefined;
}
