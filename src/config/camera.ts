import type { CameraConfig } from './config.ts';
import type { FileContext } from './context.ts';
import { readCredentials } from './credentials.ts';
import type { ConfigNode, MapEntry } from './document/document.ts';
import { startOfFile, type Findings, type Place } from './document/findings.ts';
import { readHls, type HlsContext } from './hls.ts';
import { cameraKeys } from './schema.ts';
import { defaultsOf, readSection } from './section.ts';

export type CameraContext = FileContext & HlsContext;

export function readCamera(entry: MapEntry, context: CameraContext): CameraConfig | undefined {
  const { findings } = context;
  checkId(entry, findings);
  if (entry.node.kind === 'unusable') return undefined;
  const section = readSection(
    asMapping(entry),
    { keys: cameraKeys, nestedKeys: ['hls'], defaults: defaultsOf(cameraKeys) },
    findings,
  );
  const hls = readHls(section.nested.get('hls'), context);
  const { values } = section;
  const credentials = readCredentials(entry, section, context);
  if (values.url === undefined) {
    if (section.isSound) reportMissingUrl(entry, findings);
    return undefined;
  }
  return {
    id: entry.key,
    name: values.name ?? entry.key,
    url: values.url.url,
    ...credentials,
    via: values.via,
    stream: values.stream,
    paceMs: values.pace,
    userAgent: values.userAgent,
    audio: values.audio,
    alwaysOn: values.alwaysOn,
    offline: values.offline,
    lingerMs: values.linger,
    stallMs: values.stall,
    coldStartMs: values.coldStart,
    maxBitsPerSecond: values.maxBitrate,
    hls,
  };
}

/** `front: http://…` means the same as a mapping with that url. */
function asMapping({ node, place }: MapEntry): ConfigNode {
  if (node.kind !== 'text') return node;
  return { ...node, kind: 'map', entries: [{ key: 'url', place, node }] };
}

function checkId({ key, place, node }: MapEntry, findings: Findings): void {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(key)) return;
  findings.problem({
    place,
    path: node.path,
    message: 'is not usable as the id of a camera',
    hint: 'Use 1 to 64 letters, digits, - and _; the id is part of every address. name takes any text.',
  });
}

function reportMissingUrl({ place, node }: MapEntry, findings: Findings): void {
  findings.problem({
    place,
    path: node.path,
    message: 'has no url',
    hint: 'Write url: http://192.168.1.20/ below it, or put the address directly behind the colon.',
  });
}

/** Two sessions with one camera stream is what camgate is there to avoid. */
export function warnOfSameStream(
  cameras: readonly CameraConfig[],
  places: ReadonlyMap<string, Place>,
  findings: Findings,
): void {
  const first = new Map<string, string>();
  for (const { id, url, stream } of cameras) {
    const identity = `${url.href} ${stream}`;
    const other = first.get(identity);
    if (other === undefined) {
      first.set(identity, id);
      continue;
    }
    findings.warning({
      place: places.get(id) ?? startOfFile,
      path: `cameras.${id}`,
      message: `has the same url and stream as cameras.${other}, so the camera gets two sessions`,
      hint: 'Remove one of the two, or give them different stream numbers.',
    });
  }
}
