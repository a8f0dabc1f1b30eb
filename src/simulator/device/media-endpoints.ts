import { setTimeout as wait } from 'node:timers/promises';
import { hasPermission, type Permission, type SimulatedUser } from './accounts.ts';
import { renderAsfHeader, type AsfStreamFormat } from '../../media/asf/asf-writer.ts';
import { audioFormat, AudioSource } from '../streams/audio-source.ts';
import { authenticate } from './authentication.ts';
import type { AvGrant } from './device-state.ts';
import type { DeviceStream } from '../streams/device-stream.ts';
import type { Device } from './device.ts';
import { answerCgi, answerUnauthorized, authorize, type Endpoint } from './endpoint.ts';
import type { Exchange } from '../http/exchange.ts';
import { parameterSets } from '../streams/frame-splitter.ts';
import { cameraTime } from './information-endpoints.ts';
import { multipartContentType } from '../../media/jpeg/multipart-writer.ts';
import { resolutionSize } from './resolutions.ts';
import { StreamPlayer } from '../streams/stream-player.ts';

/** Result of request_av.cgi (av-cgi.txt; for -1 see camera-protocol.md section 3). */
const avResults = { ok: 0, scheduleClosed: -1, tooManyViewers: -2 } as const;

export const requestAv: Endpoint = async (exchange, device) => {
  const grant = askedFor(exchange);
  if (!(await authorize(exchange, device, neededPermissions(grant)))) return;
  const result = refusedResult(device);
  if (result !== undefined || !device.settings.streams[grant.stream - 1]) {
    const code = result ?? avResults.scheduleClosed;
    await answerCgi(exchange, device, { fields: { result: code }, error: code });
    return;
  }
  const id = device.tickets.issue(grant);
  if (device.faults.active('spent-ticket')) device.tickets.redeem(id);
  await answerCgi(exchange, device, { fields: { result: avResults.ok, id }, error: 0 });
};

export const avAsf: Endpoint = async (exchange, device) => {
  const granted = await admit(exchange, device);
  if (!granted) return;
  const { grant, stream, release } = granted;
  const { settings } = device;
  const coding = grant.audio ? settings.audioCoding : undefined;
  const formats: AsfStreamFormat[] = [
    ...(grant.video ? [videoFormat(stream, device)] : []),
    ...(coding ? [{ kind: 'audio', format: audioFormat(coding) } as const] : []),
  ];
  await exchange.beginStream({ status: 200, contentType: 'video/x-ms-asf' });
  exchange.stream(renderAsfHeader(formats));
  const audio = coding ? new AudioSource(coding, device.media.tone, 0) : undefined;
  play(exchange, device, {
    release,
    framing: 'asf',
    video: grant.video ? stream : undefined,
    audio,
  });
};

export const videostream: Endpoint = async (exchange, device) => {
  const granted = await admit(exchange, device);
  if (!granted) return;
  const { stream, release } = granted;
  if (stream.spec.codec !== 'mjpeg') {
    release(0);
    // The form of this error is not known; a negative one in a 200 is the family's way.
    await answerCgi(exchange, device, { fields: { error: -2 }, error: -2 });
    return;
  }
  const contentType = multipartContentType(device.settings.multipart);
  await exchange.beginStream({ status: 200, contentType });
  play(exchange, device, { release, framing: 'multipart', video: stream, audio: undefined });
};

export const snapshot: Endpoint = async (exchange, device) => {
  if (!(await authorize(exchange, device, ['snapshot']))) return;
  const { settings } = device;
  const [least, most] = settings.snapshotLatencyMs;
  await wait(least + Math.random() * (most - least));
  if (settings.profile.hasFragileSnapshots && !device.snapshots.take()) {
    await exchange.answer({ status: 200, contentType: 'text/plain' }, 'Snapshot Failed.');
    return;
  }
  const stream = await device.stream(1);
  if (!stream) return;
  const { bytes, number } = await stream.still(
    performance.now(),
    snapshotSize(exchange, device) ?? stream.spec,
  );
  const time = cameraTime(device).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
  const name = exchange.request.parameters.get('filename') || `snapshot_${time}.jpg`;
  const headers = {
    'Content-Disposition': `attachment; filename="${name.replaceAll(/[\r\n"]/g, '')}"`,
  };
  await exchange.answer({ status: 200, contentType: 'image/jpeg', headers }, bytes);
  device.journal.frameSent(number);
};

/** The size of the `resolution` code. The f99 knows three, and keeps the last for everybody. */
function snapshotSize(
  exchange: Exchange,
  device: Device,
): { width: number; height: number } | undefined {
  const text = exchange.request.parameters.get('resolution');
  const code = text === undefined || text === '' ? undefined : Number(text);
  if (!device.settings.profile.hasFragileSnapshots)
    return code === undefined ? undefined : resolutionSize(code);
  if (code !== undefined && [2, 6, 11].includes(code)) device.storedResolution = code;
  return device.storedResolution === undefined
    ? undefined
    : resolutionSize(device.storedResolution);
}

interface Admission {
  readonly grant: AvGrant;
  readonly stream: DeviceStream;
  readonly release: (afterMs: number) => void;
}

/**
 * Checks ticket or credentials, permissions, schedule and viewers; undefined when the request was refused and answered.
 */
async function admit(exchange: Exchange, device: Device): Promise<Admission | undefined> {
  const grant =
    (await redeemTicket(exchange, device)) ?? (await grantByCredentials(exchange, device));
  if (grant === 'answered') return undefined;
  const stream = await device.stream(grant.stream);
  const release = stream && refusedResult(device) === undefined ? device.slots.take() : undefined;
  if (stream && release) return { grant, stream, release };
  await refuse(exchange, device);
  return undefined;
}

/** Undefined when the request shows no ticket, or one that does not matter. */
async function redeemTicket(
  exchange: Exchange,
  device: Device,
): Promise<AvGrant | 'answered' | undefined> {
  const id = exchange.request.parameters.get('id');
  if (id === undefined || id === '' || !device.settings.endpoints.has('request_av.cgi'))
    return undefined;
  const grant = device.tickets.redeem(Number(id));
  if (grant && device.faults.active('unauthorized')) {
    await answerUnauthorized(exchange, device);
    return 'answered';
  }
  if (grant) {
    exchange.recorder?.auth('ticket');
    return grant;
  }
  if (device.settings.profile.toleratesUnknownTicket) return undefined;
  exchange.recorder?.auth('ticket');
  await refuse(exchange, device);
  return 'answered';
}

async function grantByCredentials(
  exchange: Exchange,
  device: Device,
): Promise<AvGrant | 'answered'> {
  const grant = askedFor(exchange);
  const verdict = authenticate(exchange.request, device);
  if (verdict.kind === 'denied') {
    await answerUnauthorized(exchange, device, verdict.isStale);
    return 'answered';
  }
  if (mayWatch(verdict.user, grant)) return grant;
  await answerCgi(exchange, device, { fields: {}, error: -5, status: 403 });
  return 'answered';
}

/** videostream.cgi carries no audio, so nothing but video is needed for it. Both default to yes. */
function askedFor({ request: { path, parameters } }: Exchange): AvGrant {
  const isWanted = (name: string): boolean => parameters.get(name) !== '0';
  const stream = Number(parameters.get('stream') || '1');
  if (path === 'videostream.cgi') return { video: true, audio: false, stream };
  return { video: isWanted('video'), audio: isWanted('audio'), stream };
}

function neededPermissions({ video, audio }: AvGrant): Permission[] {
  return [...(video ? ['video' as const] : []), ...(audio ? ['audio' as const] : [])];
}

function mayWatch(user: SimulatedUser, grant: AvGrant): boolean {
  return neededPermissions(grant).every((permission) => hasPermission(user, permission));
}

function refusedResult(device: Device): number | undefined {
  if (device.faults.active('schedule-closed')) return avResults.scheduleClosed;
  if (device.faults.active('viewers-full') || device.slots.isFull) return avResults.tooManyViewers;
  return undefined;
}

/** A media address gives no readable reason; which form it takes is not known, so it can be chosen. */
async function refuse(exchange: Exchange, device: Device): Promise<void> {
  switch (device.settings.refusal) {
    case 'close':
      exchange.socket.end();
      return;
    case 'empty':
      await exchange.answer({ status: 200, contentType: 'text/plain' }, '');
      return;
    case '401':
      await answerUnauthorized(exchange, device);
      return;
    case '403':
      await exchange.answer({ status: 403, contentType: 'text/plain' }, 'Forbidden');
  }
}

function videoFormat(stream: DeviceStream, device: Device): AsfStreamFormat {
  const { codec, width, height } = stream.spec;
  const isInHeader = codec === 'h264' && device.settings.parameterSets !== 'in-band';
  const extradata = isInHeader ? parameterSets(stream.frame(0).bytes) : Buffer.alloc(0);
  return {
    kind: 'video',
    format: { fourcc: codec === 'h264' ? 'H264' : 'MJPG', width, height, extradata },
  };
}

interface PlayOptions {
  readonly release: (afterMs: number) => void;
  readonly framing: 'asf' | 'multipart';
  readonly video: DeviceStream | undefined;
  readonly audio: AudioSource | undefined;
}

/** Starts the stream behind a head that has been written; it ends with the connection. */
function play(exchange: Exchange, device: Device, options: PlayOptions): void {
  const { settings, journal, faults } = device;
  const { release, ...source } = options;
  if (exchange.socket.destroyed || exchange.socket.writableEnded) {
    release(0);
    return;
  }
  const player = new StreamPlayer(
    { exchange, settings, journal, faults, ...source },
    performance.now(),
  );
  device.players.add(player);
  const stop = device.media.pacer.add(player);
  exchange.socket.once('close', () => {
    stop();
    device.players.delete(player);
    release(faults.active('slow-slot-release')?.ms ?? 0);
  });
}
