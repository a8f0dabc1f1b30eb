import { isIP } from 'node:net';
import { CamgateError } from '../lib/errors.ts';
import { cameraAddress } from './camera-address.ts';
import type { CameraConfig, Config } from './config.ts';
import { defaultCamera } from './default-camera.ts';
import { defaultConfig } from './parse-config.ts';

/**
 * The configuration for addresses given on the command line, with every default. Ids come from the host names, which
 * people choose; numeric addresses make no good names, so these cameras are `camera`, `camera-2`, and so on.
 * Throws usage for what is no camera address; the message does not repeat the address, which may hold a password.
 */
export function configFromUrls(urls: readonly string[]): Config {
  const ids = new Set<string>();
  return defaultConfig(urls.map((url, index) => readUrl(url, index + 1, ids)));
}

export function cameraFromUrl(url: string): Config {
  return configFromUrls([url]);
}

function readUrl(text: string, position: number, ids: Set<string>): CameraConfig {
  const reading = cameraAddress.read([text]);
  if (!reading.ok) {
    throw new CamgateError(
      'usage',
      `The camera address number ${position} ${reading.message}. ${reading.hint}`,
    );
  }
  const { url, username, password } = reading.value;
  const id = freeId(idOf(url), ids);
  ids.add(id);
  return defaultCamera({ id, name: id, url, username, password });
}

function idOf({ hostname }: URL): string {
  const isAddress = hostname.startsWith('[') || isIP(hostname) !== 0;
  const label = isAddress ? '' : (hostname.split('.')[0] ?? '').toLowerCase();
  return /^[a-z0-9_-]{1,60}$/.test(label) ? label : 'camera';
}

function freeId(wanted: string, taken: ReadonlySet<string>): string {
  let id = wanted;
  for (let number = 2; taken.has(id); number++) id = `${wanted}-${number}`;
  return id;
}
