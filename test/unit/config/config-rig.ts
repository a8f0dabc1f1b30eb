import { renderProblem } from '../../../src/config/document/findings.ts';
import { parseConfig } from '../../../src/config/parse-config.ts';

const env = { CAMERA_PASSWORD: 'from the environment', EMPTY: '', PORT: '9000' };
const files: Readonly<Record<string, string>> = {
  '/etc/camgate/front.password': 'from the file\n',
  '/etc/camgate/empty.password': '\n',
  '/etc/camgate/two.password': 'one\ntwo\n',
};

export function parse(text: string) {
  return parseConfig(text, {
    path: '/etc/camgate/camgate.yaml',
    env,
    findWriteObstacle: (path) => (path.startsWith('/locked') ? 'it is locked' : undefined),
    readFile(path) {
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error('no file'), { code: 'ENOENT' });
      return content;
    },
  });
}

export function configOf(text: string) {
  const result = parse(text);
  if (!result.ok) throw new Error(result.problems.map((p) => renderProblem('f', p)).join('\n'));
  return result.config;
}

export function cameraOf(text: string) {
  const [camera] = configOf(text).cameras;
  if (camera === undefined) throw new Error('no camera');
  return camera;
}

export function problemsOf(text: string): string[] {
  const result = parse(text);
  return result.ok ? [] : result.problems.map((problem) => renderProblem('f', problem));
}

export function warningsOf(text: string): string[] {
  const result = parse(text);
  if (!result.ok) throw new Error('the configuration has problems');
  return result.warnings.map((warning) => renderProblem('f', warning));
}

/** Enough for a configuration. */
export const front = 'cameras:\n  front: http://192.168.1.20/\n';
