import { authKindOf } from './authentication.ts';
import type { Device } from './device.ts';
import type { Exchange } from '../http/exchange.ts';

const cookie = 'sid=4711';

/** What some firmware wants of every caller, whoever it is. Whether the request has been answered. */
export async function answerCaller(exchange: Exchange, device: Device): Promise<boolean> {
  const { wantsBrowser, wantsCookie } = device.settings.login;
  const { headers, path, query } = exchange.request;
  if (wantsBrowser && !/^Mozilla\//.test(headers.get('user-agent') ?? '')) {
    await exchange.answer({ status: 403, contentType: 'text/html' }, '<h1>Forbidden</h1>');
    return true;
  }
  if (wantsCookie && headers.get('cookie') !== cookie) {
    const again = { Location: `/${path}?${query}`, 'Set-Cookie': `${cookie}; Path=/; HttpOnly` };
    await exchange.answer({ status: 302, contentType: 'text/html', headers: again }, '');
    return true;
  }
  return false;
}

/** The text for a login of before that the device has forgotten; whoever comes without one begins anew. */
export async function lostLogin(
  { request }: Exchange,
  { faults }: Device,
): Promise<string | undefined> {
  const lost = faults.active('login-lost');
  if (lost === undefined) return undefined;
  if (authKindOf(request) !== 'none') return lost.text;
  await faults.switchOff('login-lost');
  return undefined;
}
