import { dirname, resolve } from 'node:path';
import type { HlsConfig } from './config.ts';
import type { ConfigNode } from './document.ts';
import { startOfFile, type Findings } from './findings.ts';
import { hlsKeys } from './schema.ts';
import { defaultsOf, readSection, type Values } from './section.ts';

export function defaultHls(): HlsConfig {
  return toConfig(defaultsOf(hlsKeys), undefined);
}

export interface HlsContext {
  readonly findings: Findings;
  /** What keys are when they are not given. */
  readonly hls: HlsConfig;
  /** Path of the configuration file. */
  readonly configPath: string;
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
  const { part, segment, directory } = section.values;
  const name = ['part', 'segment'].find((key) => section.places.has(key));
  const isComparable = !section.unusable.has('part') && !section.unusable.has('segment');
  if (isComparable && name !== undefined && part > segment) {
    findings.problem({
      place: section.places.get(name) ?? startOfFile,
      path: `${node?.path ?? 'hls'}.${name}`,
      message: `makes parts (${part} ms) longer than segments (${segment} ms)`,
      hint: 'Make part at most as long as segment; a fifth of it is usual.',
    });
  }
  // The default is absolute already, so it stays what it is.
  const absolute = directory === undefined ? undefined : resolve(dirname(configPath), directory);
  const place = section.places.get('directory');
  if (place !== undefined && absolute !== undefined) {
    const obstacle = context.findWriteObstacle(absolute);
    if (obstacle !== undefined) {
      findings.warning({
        place,
        path: `${node?.path ?? 'hls'}.directory`,
        message: `cannot be written: ${obstacle}`,
        hint: 'Segments stay in memory until it can; choose another directory or give camgate the right to write there.',
      });
    }
  }
  return toConfig(section.values, absolute);
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
