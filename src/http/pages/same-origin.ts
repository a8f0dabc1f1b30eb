import type { IncomingHttpHeaders } from 'node:http';
import { CamgateError } from '../../lib/errors.ts';

/**
 * What a request that changes something must have. A browser lets a page of another origin send no header like this one
 * unless the server allows it (Fetch standard, CORS-preflight), and camgate allows it to nobody, whatever `server.cors`
 * says: that is for media.
 */
const name = 'X-Requested-With';
const value = 'camgate';

/** Throws origin-refused. */
export function assertSameOrigin(headers: IncomingHttpHeaders): void {
  // Sent by browsers over HTTPS and to localhost, and by no script.
  const site = headers['sec-fetch-site'];
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (headers[name.toLowerCase()] === value && !isForeign) return;
  throw new CamgateError(
    'origin-refused',
    `Send the header ${name}: ${value}; a page of another origin may not send this request.`,
  );
}
