import { constants, type ClientHttp2Session } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerOf, ask, Http2Rig } from '../http2-rig.ts';

let rig: Http2Rig;
let release: (text: string) => void;
beforeEach(async () => {
  const text = new Promise<string>((resolve) => (release = resolve));
  rig = await Http2Rig.start({
    metrics: () => ({ contentType: 'text/plain', render: () => text }),
  });
});
afterEach(() => rig[Symbol.asyncDispose]());

/** Asks and takes it back at once, so that both are in one read; resolves when all is sent. */
async function askAndReset(session: ClientHttp2Session, path: string): Promise<void> {
  if (session.closed) return;
  const streams = Array.from({ length: 200 }, () => session.request({ ':path': path }));
  const ended = streams.map(answerOf);
  for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL);
  await Promise.all(ended);
}

describe('many streams of one HTTP/2 connection', () => {
  it('cost nothing when they are reset at once', async () => {
    const session = rig.open();
    await ask(session, '/healthz');
    const held = '/cameras/front/hls/a1/live.m3u8?_HLS_msn=0&_HLS_part=0';
    await askAndReset(session, held);
    expect((await ask(session, '/healthz')).status).toBe(200);
    // A read may end between the two.
    expect(rig.camera.touchCount).toBeLessThan(50);
    expect(rig.window.abortCount).toBe(rig.window.waitCount);
    expect(rig.camera.viewers.heldCount('hls')).toBe(0);
  });

  it('end their connection when they are reset without end, and no other', async () => {
    const [session, other] = [rig.open(), rig.open()];
    await Promise.all([ask(session, '/healthz'), ask(other, '/healthz')]);
    const closed = new Promise<void>((resolve) => session.once('close', resolve));
    // Fewer than the 1000 that node's own limit lets pass.
    for (let round = 0; round < 4; round++) await askAndReset(session, '/cameras/front/index.m3u8');
    await closed;
    expect((await ask(other, '/healthz')).status).toBe(200);
  });

  it('have sixteen pages in work at most', async () => {
    const [greedy, other] = [rig.open(), rig.open()];
    const pages = Array.from({ length: 20 }, () => ask(greedy, '/metrics'));
    let isAnswered = false;
    const behind = ask(greedy, '/healthz').then((answer) => {
      isAnswered = true;
      return answer.status;
    });
    const playlist = await ask(greedy, '/cameras/front/index.m3u8');
    const health = [await ask(other, '/healthz'), await ask(other, '/healthz')];
    expect([playlist, ...health].map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(isAnswered).toBe(false);
    release('up 1\n');
    expect((await Promise.all(pages)).map(({ status }) => status)).toEqual(pages.map(() => 200));
    expect(await behind).toBe(200);
  });

  it('give the place of a page to the next when they are reset', async () => {
    const session = rig.open();
    const pages = Array.from({ length: 16 }, () => session.request({ ':path': '/metrics' }));
    const ended = pages.map(answerOf);
    await ask(session, '/cameras/front/index.m3u8');
    const behind = ask(session, '/healthz');
    for (const page of pages) page.close(constants.NGHTTP2_CANCEL);
    await Promise.all(ended);
    expect((await behind).status).toBe(200);
  });
});
