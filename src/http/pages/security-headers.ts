import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * Security headers of pages, API and assets. The Content-Security-Policy lets pages load from this server only; `blob:`
 * is what Media Source playback, hls.js workers and refreshed stills need.
 * @param embedAncestors who may frame /embed (CSP frame-ancestors); every other page may be framed by this server only
 */
export function securityHeaders(embedAncestors: readonly string[]): RequestHandler {
  const ordinary = headersFor(["'self'"], { action: 'sameorigin' });
  // X-Frame-Options cannot name origins; where it says nothing, frame-ancestors decides.
  const embedded = headersFor(embedAncestors, false);
  return (request, response, next) => {
    const chosen = request.path.startsWith('/embed/') ? embedded : ordinary;
    chosen(request, response, next);
  };
}

function headersFor(
  frameAncestors: readonly string[],
  xFrameOptions: { readonly action: 'sameorigin' } | false,
): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'blob:', 'data:'],
        mediaSrc: ["'self'", 'blob:'],
        workerSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors,
      },
    },
    xFrameOptions,
    // These work on https pages only; on plain http browsers warn about them.
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  });
}
