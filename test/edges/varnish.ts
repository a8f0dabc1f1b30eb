import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programEnv } from '../programs.ts';
import { adaptRecipe, startProgram, type Edge } from './edge.ts';

/** Varnish with deploy/varnish.vcl in front of `origin`. */
export async function startVarnish(origin: URL): Promise<Edge> {
  const program = await startProgram(async (folder) => {
    const recipe = join(folder, 'varnish.vcl');
    const backend = { '.port = "8080";': `.port = "${origin.port}";` };
    await writeFile(recipe, adaptRecipe('varnish.vcl', backend));
    return {
      name: 'varnishd',
      args: [
        ...['-F', '-n', workingFolder(folder), '-a', '127.0.0.1:0', '-f', recipe],
        // Without a user of its own, as those who test have none to give.
        ...['-s', 'malloc,64m', '-j', 'none'],
      ],
      ready: /Child starts/,
    };
  });
  try {
    return { ...program, url: await addressOf(workingFolder(program.folder)) };
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

function workingFolder(folder: string): string {
  return join(folder, 'varnishd');
}

async function addressOf(working: string): Promise<URL> {
  const { stdout } = await promisify(execFile)(
    'varnishadm',
    ['-n', working, '-t', '10', 'debug.listen_address'],
    { env: programEnv, timeout: 15_000 },
  );
  const port = / 127\.0\.0\.1 (\d+)/.exec(` ${stdout}`)?.[1];
  if (port === undefined) throw new Error(`varnishd listens on no port: ${stdout}`);
  return new URL(`http://127.0.0.1:${port}/`);
}
