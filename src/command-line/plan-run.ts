import { existsSync } from 'node:fs';
import path from 'node:path';
import { configFromUrls } from '../config/camera-from-url.ts';
import type { Config } from '../config/config.ts';
import { renderProblem } from '../config/document/findings.ts';
import { defaultConfig } from '../config/parse-config.ts';
import { loadConfigFile } from './config-file.ts';
import type { ProcessEdge } from './edge.ts';
import type { CameraSource, Overrides, RunCommand } from './parse-arguments.ts';

/** What to run. `notices` are lines for the log. */
export type RunPlan =
  | CamerasPlan
  /**
   * Simulated cameras, still missing in the configuration; `ports` are tried in order, so that a stranger's first start
   * works.
   */
  | {
      readonly type: 'demo';
      readonly config: Config;
      readonly ports: readonly number[];
      readonly notices: readonly string[];
    }
  | { readonly type: 'invalid'; readonly problems: readonly string[] };

export interface CamerasPlan {
  readonly type: 'cameras';
  readonly config: Config;
  /** Absolute; undefined: the cameras come from the command line. */
  readonly file: string | undefined;
  readonly notices: readonly string[];
}

type PlanEdge = Pick<ProcessEdge, 'env' | 'workingDirectory'>;

const defaultFile = 'camgate.yaml';

/** 8080 is often taken where people try things out; 0 takes any free port. */
const demoPorts = [8080, 8081, 8082, 8083, 8084, 8085, 8086, 8087, 8088, 8089, 8090, 0];

/** Decides between configuration file, addresses and demo. Throws usage for a wrong camera address. */
export function planRun({ source, overrides }: RunCommand, edge: PlanEdge): RunPlan {
  const given = withEnvironment(source, edge);
  switch (given.type) {
    case 'urls':
      return {
        type: 'cameras',
        config: override(configFromUrls(given.urls), overrides),
        file: undefined,
        notices: [],
      };
    case 'file':
      return planFile(given.file, overrides, edge);
    case 'unspecified':
      return planDemo(overrides, edge);
  }
}

/** The command line goes before CAMGATE_CONFIG. */
function withEnvironment(source: CameraSource, { env }: PlanEdge): CameraSource {
  const file = env['CAMGATE_CONFIG'];
  if (source.type !== 'unspecified' || file === undefined || file === '') return source;
  return { type: 'file', file };
}

/** @param file relative to the working directory; problems name it as it is given */
export function planFile(
  file: string,
  overrides: Overrides,
  edge: PlanEdge,
): Extract<RunPlan, { type: 'cameras' | 'invalid' }> {
  const result = loadConfigFile(file, edge);
  if (!result.ok) {
    return { type: 'invalid', problems: result.problems.map((each) => renderProblem(file, each)) };
  }
  const notices = result.warnings.map((each) => renderProblem(file, each));
  return {
    type: 'cameras',
    config: override(result.config, overrides),
    file: path.resolve(edge.workingDirectory, file),
    notices,
  };
}

function planDemo(overrides: Overrides, { workingDirectory }: PlanEdge): RunPlan {
  const config = override(defaultConfig([]), overrides);
  const ports = overrides.port === undefined ? demoPorts : [overrides.port];
  // Not taken by itself: a demo or real cameras should not depend on the directory camgate happens to start in.
  const notices = existsSync(path.join(workingDirectory, defaultFile))
    ? [`${defaultFile} in this directory is not used; start with --config ${defaultFile} to use it`]
    : [];
  return { type: 'demo', config, ports, notices };
}

function override(config: Config, { host, port, logLevel }: Overrides): Config {
  const server = {
    ...config.server,
    host: host ?? config.server.host,
    port: port ?? config.server.port,
  };
  return { ...config, server, log: { ...config.log, level: logLevel ?? config.log.level } };
}
