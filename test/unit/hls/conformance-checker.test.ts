import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { checkConformance } from '../../conformance/conformance-checker.ts';
import { LiveWindow } from '../../../src/hls/live-window.ts';
import { CamgateError } from '../../../src/lib/errors.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { evenFrames, silentInit } from './window-rig.ts';

/** What the server answers instead of the truth. */
interface Faults {
  readonly mend?: (text: string) => string;
  readonly refuse?: (name: string) => boolean;
  readonly ignoresDirectives?: boolean;
}

const stop = new AbortController();

/** Serves the window by the barest means; the product's own server is tested elsewhere. */
async function serve(window: LiveWindow, faults: Faults): Promise<Server> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const name = url.pathname.slice(1);
    const closed = new AbortController();
    response.on('close', () => closed.abort());
    const answer = async (): Promise<void> => {
      if (name === 'live.m3u8') {
        const get = (key: string) =>
          faults.ignoresDirectives ? undefined : (url.searchParams.get(key) ?? undefined);
        const query = { msn: get('_HLS_msn'), part: get('_HLS_part'), skip: get('_HLS_skip') };
        const text = await window.mediaPlaylist(query, closed.signal);
        response.setHeader('Content-Type', 'application/vnd.apple.mpegurl');
        response.end(faults.mend?.(text.body.toString()) ?? text.body);
        return;
      }
      const resource = await window.media(name, closed.signal);
      if (resource?.kind !== 'memory' || faults.refuse?.(name) === true) {
        response.writeHead(404).end();
        return;
      }
      response.setHeader('Content-Type', resource.contentType);
      response.end(Buffer.concat([...resource.chunks]));
    };
    answer().catch((error: unknown) => {
      response.writeHead(error instanceof CamgateError ? error.status : 500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Frames in real time after a start of some seconds that came at once. */
async function watch(durationMs: number, faults: Faults = {}) {
  const window = new LiveWindow({
    life: 'life1',
    partMs: 200,
    segmentMs: 1000,
    segmentCount: 7,
    maxBytes: 1_000_000,
    knownGopMs: undefined,
    log: silentLog,
    now: Date.now,
  });
  window.begin(silentInit());
  const frames = evenFrames({ seconds: 30, frameMs: 100, gopMs: 1000 });
  for (const fragment of frames.splice(0, 72)) window.append(fragment, Date.now());
  const timer = setInterval(() => {
    const fragment = frames.shift();
    if (fragment) window.append(fragment, Date.now());
  }, 100);
  const server = await serve(window, faults);
  try {
    const { port } = server.address() as AddressInfo;
    const url = new URL(`http://127.0.0.1:${port}/live.m3u8`);
    return await checkConformance({ url, durationMs, frameSeconds: 0.1, signal: stop.signal });
  } finally {
    clearInterval(timer);
    window.dispose();
    server.close().closeAllConnections();
  }
}

describe.concurrent('conformance checker', () => {
  it('finds nothing in a stream that keeps the rules', { timeout: 20_000 }, async () => {
    const report = await watch(8500);
    expect(report.violations).toEqual([]);
    expect(report.playlistCount).toBeGreaterThan(25);
    expect(report.partCount).toBeGreaterThan(60);
    expect(report.keptPromiseCount).toBeGreaterThan(0);
  });

  it.each<[string, Faults]>([
    ['blocking-reload', { ignoresDirectives: true }],
    ['bad-request', { ignoresDirectives: true }],
    ['preload-hint-true', { mend: (text) => text.replace(/(PRELOAD.*URI=").*"/, '$1x.m4s"') }],
    ['listed-is-there', { refuse: (name) => name === 'part-30.m4s' }],
    ['constant-part-target', { mend: changeTarget() }],
  ])('reports %s', async (rule, faults) => {
    const report = await watch(1200, faults);
    expect(report.violations.map((violation) => violation.rule)).toContain(rule);
  });

  it('reports a segment that goes too early', { timeout: 20_000 }, async () => {
    const gone = new Set<string>();
    const report = await watch(8500, {
      mend: (text) => {
        const first = Number(/MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]);
        for (let msn = 0; msn < first; msn += 1) gone.add(`${msn}.m4s`);
        return text;
      },
      refuse: (name) => gone.has(name),
    });
    expect(report.violations.map((violation) => violation.rule)).toEqual(
      expect.arrayContaining(['fetchable-after-removal']),
    );
  });
});

/** A PART-TARGET that grows with every answer. */
function changeTarget(): (text: string) => string {
  let count = 0;
  return (text) => {
    count += 1;
    return text.replace('PART-TARGET=0.2', `PART-TARGET=0.2${count}`);
  };
}
