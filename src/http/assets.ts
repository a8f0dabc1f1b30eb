import { extname } from 'node:path';
import express, { type RequestHandler } from 'express';

/** What pages load. Pages themselves have addresses of their own, and nothing else in the folder is for viewers. */
const assetTypes: ReadonlySet<string> = new Set([
  '.css',
  '.ico',
  '.js',
  '.png',
  '.svg',
  '.webmanifest',
  '.woff2',
]);

/** The folder of scripts, styles and pictures at `/`. Cached for a minute, so that an upgrade arrives soon. */
export function assets(publicDir: string): RequestHandler {
  const files = express.static(publicDir, {
    index: false,
    redirect: false,
    acceptRanges: false,
    maxAge: '1m',
  });
  return (request, response, next) => {
    const isAsset = assetTypes.has(extname(request.path));
    if (!isAsset || (request.method !== 'GET' && request.method !== 'HEAD')) {
      next();
      return;
    }
    response.locals['route'] = 'asset';
    files(request, response, (error?: unknown) => {
      delete response.locals['route'];
      next(error);
    });
  };
}
