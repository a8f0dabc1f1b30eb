import type { CgiFields, CgiValue } from './cgi-answer.ts';
import type { Device } from './device.ts';
import { answerCgi, authorize, type Endpoint } from './endpoint.ts';
import { resolutionCode } from './resolutions.ts';

/** Secrets that a real camera gives away in clear text; a gateway must never repeat them. */
export const fakeSecrets = {
  wifi_key: 'simulated-wifi-key-81',
  smtp_pwd: 'simulated-smtp-password-82',
  ftp_pwd: 'simulated-ftp-password-83',
  ddns_pwd: 'simulated-ddns-password-84',
} as const;

/** The camera's clock was never set: years behind, as on devices without battery and NTP. */
const clockSkewMs = 9 * 365 * 86_400_000;

export function cameraTime(device: Device): Date {
  return new Date(device.settings.clock.wallMs() - clockSkewMs);
}

/** Field names in the query select single fields and rename them. The foscam asks nobody's name. */
export const getStatus: Endpoint = async (exchange, device) => {
  const isOpen = device.settings.profileName === 'foscam';
  if (!isOpen && !(await authorize(exchange, device, []))) return;
  const all: Record<string, CgiValue> = {
    time: Math.floor(cameraTime(device).getTime() / 1000),
    alarm: 0,
    record: 0,
    disk: 0,
    ntp: 1,
    upnp: 0,
    ddns: 0,
    network: 0,
    wifi_signal_level: 3,
    sessions: device.sessions.list().length,
    viewers: device.slots.taken,
  };
  const selected = Object.entries(all).filter(([name]) => exchange.request.parameters.has(name));
  const fields: CgiFields = selected.length > 0 ? Object.fromEntries(selected) : all;
  await answerCgi(exchange, device, { fields, error: 0 });
};

export const getParams: Endpoint = async (exchange, device) => {
  if (!(await authorize(exchange, device, ['admin']))) return;
  await answerCgi(exchange, device, { fields: parametersOf(device), error: 0 });
};

/** Refuses every field: nothing may depend on a camera being changed. */
export const setParams: Endpoint = async (exchange, device) => {
  if (!(await authorize(exchange, device, ['admin']))) return;
  await answerCgi(exchange, device, { fields: { result: -2 }, error: -2 });
};

export const getProperties: Endpoint = async (exchange, device) => {
  if (!(await authorize(exchange, device, []))) return;
  const { profile, streams, viewerLimit } = device.settings;
  const fields = {
    firmware_ver: profile.firmware,
    max_streams_number: streams.length,
    max_video_clients: viewerLimit,
    camera_capability: 0,
    h265: 0,
    mic: device.settings.audioCoding === undefined ? 0 : 1,
    speaker: 0,
  };
  await answerCgi(exchange, device, { fields, error: 0 });
};

export const getLog: Endpoint = async (exchange, device) => {
  if (!(await authorize(exchange, device, ['admin']))) return;
  const { logins } = device;
  const fields = {
    log_time: logins.map(({ at }) => Math.floor((at - clockSkewMs) / 1000)),
    log_user: logins.map(({ user }) => user),
    log_ip: logins.map(({ address }) => address),
  };
  await answerCgi(exchange, device, { fields, error: 0 });
};

export const isMjpegStreamExist: Endpoint = async (exchange, device) => {
  if (!(await authorize(exchange, device, []))) return;
  const exists = device.settings.streams.some(({ codec }) => codec === 'mjpeg');
  await answerCgi(exchange, device, { fields: { result: exists ? 1 : 0 }, error: 0 });
};

function parametersOf(device: Device): CgiFields {
  const { settings } = device;
  const users = settings.users.flatMap(({ name, password, group }, index) => [
    [`user${index + 1}`, name],
    [`pwd${index + 1}`, password],
    [`group${index + 1}`, group],
  ]);
  const streams = settings.streams.flatMap((spec, index) => [
    [`stream${index + 1}_resolution`, device.storedResolution ?? resolutionCode(spec) ?? 15],
    [`stream${index + 1}_codec`, spec.codec === 'h264' ? 2 : 0],
    [`stream${index + 1}_bitrate`, spec.bitrateKbps ?? 512],
    [`stream${index + 1}_fps`, spec.fps],
    [`stream${index + 1}_gop`, spec.gopFrames],
  ]);
  return {
    id: 'SIM-00E04C000001',
    alias: settings.name,
    port: 80,
    https: 0,
    ...(Object.fromEntries(users) as CgiFields),
    ...(Object.fromEntries(streams) as CgiFields),
    ...{ da_defense: 1, da_retry_times: 10, da_retry_period: 5, da_denied_period: 160 },
    ...{ av_schedule: 0, wifi_ssid: 'simulated', ...fakeSecrets },
  };
}
