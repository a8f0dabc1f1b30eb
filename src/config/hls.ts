import { dirname, resolve } from 'node:path';
import type { HlsConfig } from './config.ts';
import type { FileContext } from './context.ts';
import type { ConfigNode } from './document/document.ts';
import { startOfFile, type Finding, type Findings } from './document/findings.ts';
import { hlsKeys } from './schema.ts';
import { defaultsOf, readSection, type Section, type Values } from './section.ts';
import { findShortWindow } from './window-room.ts';

export function defaultHls(): HlsConfig {
  return toConfig(defaultsOf(hlsKeys), undefined);
}

export interface HlsContext extends Omit<FileContext, 'readFile'> {
  /** What keys are when they are not given. */
  readonly hls: HlsConfig;
  /** Why a directory cannot be written, in a few words; undefined when it can. */
  readonly findWriteObstacle: (directory: string) => string | undefined;
}

/** The `hls` section at the root, or a camera's own, whose defaults are those of the root. */
export function readHls(node: ConfigNode | undefined, context: HlsContext): HlsConfig {
  const { findings, hls: defaults, configPath } = context;
  const section = readSection(
    node,
    {
      keys: hlsKeys,
      nestedKeys: [],
      defaults: {
        part: defaults.partMs,
        segment: defaults.segmentMs,
        segments: defaults.segmentCount,
        window: defaults.windowMs,
        directory: defaults.directory,
        maxBytes: defaults.maxBytes,
        maxDiskBytes: defaults.maxDiskBytes,
      },
    },
    findings,
  );
  checkParts(section, node, findings);
  const { directory } = section.values;
  // The default is absolute already, so it stays what it is.
  const absolute = directory === undefined ? undefined : resolve(dirname(configPath), directory);
  warnOfLockedDirectory(absolute, section, { node, context });
  const hls = toConfig(section.values, absolute);
  warnOfShortWindow(hls, section, { node, context });
  return hls;
}

type HlsSection = Section<typeof hlsKeys>;

interface Surroundings {
  readonly node: ConfigNode | undefined;
  readonly context: HlsContext;
}

/**
 * Where the first of these keys that is given in this section stands; the rest was complained of where it was given.
 */
function findKey(
  names: readonly string[],
  { places }: HlsSection,
  node: ConfigNode | undefined,
): Pick<Finding, 'place' | 'path'> | undefined {
  const name = names.find((each) => places.has(each));
  if (name === undefined) return undefined;
  return { place: places.get(name) ?? startOfFile, path: `${node?.path ?? 'hls'}.${name}` };
}

function checkParts(section: HlsSection, node: ConfigNode | undefined, findings: Findings): void {
  const { part, segment } = section.values;
  const key = findKey(['part', 'segment'], section, node);
  const isComparable = !section.unusable.has('part') && !section.unusable.has('segment');
  if (!isComparable || key === undefined || part <= segment) return;
  findings.problem({
    ...key,
    message: `makes parts (${part} ms) longer than segments (${segment} ms)`,
    hint: 'Make part at most as long as segment; a fifth of it is usual.',
  });
}

function warnOfLockedDirectory(
  directory: string | undefined,
  section: HlsSection,
  { node, context }: Surroundings,
): void {
  const key = findKey(['directory'], section, node);
  if (key === undefined || directory === undefined) return;
  const obstacle = context.findWriteObstacle(directory);
  if (obstacle === undefined) return;
  context.findings.warning({
    ...key,
    message: `cannot be written: ${obstacle}`,
    hint: 'Segments stay in memory until it can; choose another directory or give camgate the right to write there.',
  });
}

function warnOfShortWindow(
  hls: HlsConfig,
  section: HlsSection,
  { node, context }: Surroundings,
): void {
  const names =
    hls.windowMs === undefined
      ? ['maxBytes', 'segments', 'segment', 'directory']
      : ['window', 'directory', 'maxBytes', 'maxDiskBytes'];
  const key = findKey(names, section, node);
  const short = findShortWindow(hls);
  if (key !== undefined && short !== undefined) context.findings.warning({ ...key, ...short });
}

function toConfig(values: Values<typeof hlsKeys>, directory: string | undefined): HlsConfig {
  return {
    partMs: values.part,
    segmentMs: values.segment,
    segmentCount: values.segments,
    windowMs: values.window,
    directory,
    maxBytes: values.maxBytes,
    maxDiskBytes: values.maxDiskBytes,
  };
}
