import { silentLog } from '../../../../../src/lib/log.ts';
import {
  createUpstreamClient,
  type UpstreamClientOptions,
} from '../../../../../src/sources/cgi/cgi-source.ts';
import type {
  UpstreamClient,
  UpstreamSession,
} from '../../../../../src/sources/cgi/cgi-session-types.ts';
import type { SourceBatch, SourceEvent } from '../../../../../src/sources/source.ts';
import { fakeJpeg } from '../../../media/support.ts';
import { RawServer } from '../raw-server.ts';

export const never = new AbortController().signal;
export const picture = fakeJpeg({ dataBytes: 200 });
export const ok = (type: string, ...body: (string | Buffer)[]): Buffer =>
  Buffer.concat(
    [`HTTP/1.0 200 OK\r\nContent-Type: ${type}\r\n\r\n`, ...body].map((piece) =>
      Buffer.from(piece),
    ),
  );
export const still = ok('image/jpeg', picture);
export const push = ok(
  'multipart/x-mixed-replace;boundary=ipcamera',
  '--ipcamera\r\n\r\n',
  picture,
);
export const text = (words: string): Buffer => ok('text/plain', words);

export function clientOf(
  server: RawServer,
  camera: Partial<UpstreamClientOptions['camera']> = {},
  timeouts: UpstreamClientOptions['timeouts'] = {},
): UpstreamClient {
  const whole = {
    id: 'front',
    url: server.url,
    username: '',
    password: '',
    via: 'auto' as const,
    stream: 1,
    audio: true,
    ...camera,
  };
  return createUpstreamClient({ camera: whole, log: silentLog, timeouts });
}

/** Frames, and what was found in place of one. */
export const yieldOf = ({ events }: SourceBatch): readonly SourceEvent[] =>
  events.filter(({ type }) => type !== 'tracks');

/** The first frames, and what was found in place of one, then closes the session. */
export async function take(
  session: UpstreamSession,
  count: number,
): Promise<readonly SourceEvent[]> {
  const events: SourceEvent[] = [];
  for await (const batch of session.batches) {
    events.push(...yieldOf(batch));
    if (events.length >= count) break;
  }
  await session.close();
  return events;
}

/** A camera that has these paths; values may change while it runs. */
export function camera(has: Record<string, Buffer>): Promise<RawServer> {
  return RawServer.start((socket, request) => {
    const path = /^GET \/([^? ]*)/.exec(request)?.[1] ?? '';
    socket.end(has[path] ?? text('File not found.'));
  });
}
