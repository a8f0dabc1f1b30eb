import type { HlsConfig } from './config.ts';
import type { ConfigNode } from './document.ts';
import { startOfFile, type Findings } from './findings.ts';
import { hlsKeys } from './schema.ts';
import { defaultsOf, readSection } from './section.ts';

export function defaultHls(): HlsConfig {
  const { part, segment, segments, maxBytes } = defaultsOf(hlsKeys);
  return { partMs: part, segmentMs: segment, segmentCount: segments, maxBytes };
}

/** The `hls` section at the root, or a camera's own, whose defaults are those of the root. */
export function readHls(
  node: ConfigNode | undefined,
  defaults: HlsConfig,
  findings: Findings,
): HlsConfig {
  const section = readSection(
    node,
    {
      keys: hlsKeys,
      nestedKeys: [],
      defaults: {
        part: defaults.partMs,
        segment: defaults.segmentMs,
        segments: defaults.segmentCount,
        maxBytes: defaults.maxBytes,
      },
    },
    findings,
  );
  const { part, segment, segments, maxBytes } = section.values;
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
  return { partMs: part, segmentMs: segment, segmentCount: segments, maxBytes };
}
