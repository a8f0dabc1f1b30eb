import { expect, it } from 'vitest';
import { Intake } from '../../../../src/camera/intake.ts';
import { SystemClock } from '../../../../src/lib/time/clock.ts';
import { Supervisor } from '../../../../src/camera/supervisor/supervisor.ts';
import type { FailedState } from '../../../../src/camera/supervisor/supervisor-state.ts';
import { silentLog } from '../../../../src/lib/log.ts';
import { createUpstreamClient } from '../../../../src/sources/cgi/cgi-source.ts';
import { defaultTimeouts } from '../../../../src/sources/cgi/http/timeouts.ts';
import { RawServer } from '../../sources/cgi/raw-server.ts';
import { stopTimers } from '../../sources/cgi/stopped-timers.ts';

const challenge = 'HTTP/1.0 401 No\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n';

it('a camera that swallows the password gets it three times soon, then once a minute', async () => {
  using timers = stopTimers();
  await using server = await RawServer.start((socket, request) => {
    if (!request.includes('Authorization')) socket.end(challenge);
    else timers.pass(defaultTimeouts.headerMs);
  });
  const camera = {
    ...{ id: 'front', url: server.url, username: 'u', password: 'p' },
    ...{ via: 'av.asf' as const, stream: 1, audio: true },
  };
  const failures: FailedState[] = [];
  let onThird = (): void => undefined;
  const third = new Promise<void>((resolve) => (onThird = resolve));
  const supervisor = new Supervisor({
    source: createUpstreamClient({ camera, log: silentLog }),
    intake: new Intake({
      clock: new SystemClock(),
      onKeyframe: () => undefined,
      onFailure: () => undefined,
    }),
    stallMs: 1_000,
    log: silentLog,
    onChange: () => {
      const { state } = supervisor;
      if (!('failure' in state)) return;
      failures.push(state);
      if (failures.length === 3) onThird();
    },
    now: () => performance.now(),
    random: () => 0,
  });
  supervisor.setWanted(true);
  await third;
  await supervisor.dispose();
  const delays = failures.map(({ retryAtMs, sinceMs }) => Math.round(retryAtMs - sinceMs));
  expect(delays).toEqual([500, 1_000, 60_000]);
  expect(failures.map(({ failure }) => failure.reason)).toEqual(Array(3).fill('timeout'));
});
