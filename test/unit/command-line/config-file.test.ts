import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfigFile } from '../../../src/command-line/config-file.ts';

it.each(['utf8', 'latin1'] as const)('reads a password from a file in %s', (charset) => {
  const folder = mkdtempSync(join(tmpdir(), 'camgate-test-'));
  try {
    const file = join(folder, 'camgate.yaml');
    writeFileSync(join(folder, 'secret'), Buffer.from('gr\u00fcn\n', charset));
    writeFileSync(file, 'cameras:\n  a: { url: http://a/, username: u, passwordFile: secret }\n');
    const result = loadConfigFile(file, { env: {}, workingDirectory: folder });
    const password = result.ok ? result.config.cameras[0]?.password : result.problems;
    expect(password).toBe('gr\u00fcn');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
