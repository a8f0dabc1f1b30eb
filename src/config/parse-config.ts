import { dirname, resolve } from 'node:path';
import { isLoopback } from './addresses.ts';
import { readCamera, warnOfSameStream, type CameraContext } from './camera.ts';
import type { CameraConfig, Config, ServerConfig } from './config.ts';
import type { FileContext } from './context.ts';
import { readDocument, type ConfigNode } from './document/document.ts';
import { Findings, startOfFile, type ConfigProblem, type Place } from './document/findings.ts';
import { defaultHls, readHls } from './hls.ts';
import type { Environment } from './document/interpolate.ts';
import { logKeys, rootKeys, serverKeys } from './schema.ts';
import { defaultsOf, readSection } from './section.ts';
import { readTls } from './tls.ts';

export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

export interface ParseOptions {
  /** Path of the file that the text came from; what is relative in it is relative to its directory. */
  readonly path: string;
  readonly env: Environment;
  /** Text of a file; throws when it cannot be read. */
  readonly readFile: (path: string) => string;
  /** Why a directory cannot be written, in a few words; undefined when it can. */
  readonly findWriteObstacle: (directory: string) => string | undefined;
}

const sections = ['server', 'log', 'hls', 'cameras'] as const;

/** Text of a configuration file to a checked configuration, or everything that is wrong with it at once. */
export function parseConfig(text: string, options: ParseOptions): ConfigResult {
  const { path, env, readFile, findWriteObstacle } = options;
  const findings = new Findings();
  const document = readDocument(text, env, findings);
  if (document === undefined) return { ok: false, problems: findings.problems };
  const root = readSection(
    document,
    { keys: rootKeys, nestedKeys: sections, defaults: defaultsOf(rootKeys) },
    findings,
  );
  const files = { findings, configPath: path, readFile };
  const server = readServer(root.nested.get('server'), files);
  const log = readSection(
    root.nested.get('log'),
    { keys: logKeys, nestedKeys: [], defaults: defaultsOf(logKeys) },
    findings,
  ).values;
  const basis = { findings, configPath: path, readFile, findWriteObstacle, hls: defaultHls() };
  const context = { ...basis, hls: readHls(root.nested.get('hls'), basis) };
  const cameras = readCameras(root.nested.get('cameras'), document, context);
  if (findings.problemCount > 0) return { ok: false, problems: findings.problems };
  const { watch, ffmpegPath: program } = root.values;
  const ffmpegPath = program === undefined ? undefined : resolve(dirname(path), program);
  return {
    ok: true,
    config: { server, log, watch, ffmpegPath, cameras },
    warnings: findings.warnings,
  };
}

/** What a configuration without a single key would be. */
export function defaultConfig(cameras: readonly CameraConfig[]): Config {
  return {
    server: { ...defaultsOf(serverKeys), tls: undefined },
    log: defaultsOf(logKeys),
    watch: defaultsOf(rootKeys).watch,
    ffmpegPath: undefined,
    cameras,
  };
}

function readServer(node: ConfigNode | undefined, context: FileContext): ServerConfig {
  const { findings } = context;
  const { values, places, nested } = readSection(
    node,
    { keys: serverKeys, nestedKeys: ['tls'], defaults: defaultsOf(serverKeys) },
    findings,
  );
  const place = places.get('host');
  if (place !== undefined && !isLoopback(values.host)) {
    findings.warning({
      place,
      path: 'server.host',
      message: 'lets other machines in, and camgate asks viewers for no password',
      hint: 'Put a reverse proxy with a login in front where not everybody on the network may watch.',
    });
  }
  return { ...values, tls: readTls(nested.get('tls'), context) };
}

function readCameras(
  node: ConfigNode | undefined,
  document: ConfigNode,
  context: CameraContext,
): readonly CameraConfig[] {
  const { findings } = context;
  if (node?.kind === 'unusable' || document.kind === 'unusable') return [];
  if (node?.kind !== 'map' || node.entries.length === 0) {
    findings.problem({
      place: node?.place ?? startOfFile,
      path: 'cameras',
      message:
        node === undefined || node.kind === 'empty' || node.kind === 'map'
          ? 'names no camera'
          : 'is not a group of cameras',
      // With a user name and a password the example itself would be blanked on its way to stderr.
      hint:
        "Write 'cameras:' and below it, indented, a line per camera such as 'front: " +
        "http://192.168.1.20/', with user:password@ behind the // where it has a login.",
    });
    return [];
  }
  const places = new Map<string, Place>();
  const firstByFolded = new Map<string, string>();
  const cameras: CameraConfig[] = [];
  for (const entry of node.entries) {
    const folded = entry.key.toLowerCase();
    const first = firstByFolded.get(folded);
    if (first !== undefined) {
      findings.problem({
        place: entry.place,
        path: entry.node.path,
        message: 'differs from another camera only in upper and lower case',
        hint: 'Give it an id of its own.',
      });
    }
    firstByFolded.set(folded, entry.key);
    places.set(entry.key, entry.place);
    const camera = readCamera(entry, context);
    if (camera !== undefined) cameras.push(camera);
  }
  warnOfSameStream(cameras, places, findings);
  return cameras;
}
