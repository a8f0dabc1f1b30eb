import { dirname, resolve } from 'node:path';
import { checkKeyPair } from '../lib/system/certificate.ts';
import type { TlsConfig } from './config.ts';
import type { FileContext } from './context.ts';
import type { ConfigNode } from './document/document.ts';
import { tlsKeys } from './schema.ts';
import { defaultsOf, readSection, type Section } from './section.ts';

type TlsSection = Section<typeof tlsKeys>;

/**
 * `server.tls`: undefined without it. The files are looked at here, so that `camgate check` says what is wrong with
 * them.
 */
export function readTls(node: ConfigNode | undefined, context: FileContext): TlsConfig | undefined {
  if (node === undefined || node.kind === 'unusable') return undefined;
  const { findings, configPath } = context;
  const section = readSection(
    node,
    { keys: tlsKeys, nestedKeys: [], defaults: defaultsOf(tlsKeys) },
    findings,
  );
  if (!section.isSound) return undefined;
  const { certificate, key } = section.values;
  if (certificate === undefined || key === undefined) {
    findings.problem({
      ...node,
      message: `has no ${certificate === undefined ? 'certificate' : 'key'}`,
      hint: 'Give both files, certificate and key, or remove tls to speak plain HTTP.',
    });
    return undefined;
  }
  const files = {
    certificatePath: resolve(dirname(configPath), certificate),
    keyPath: resolve(dirname(configPath), key),
  };
  checkFiles(files, section, { node, context });
  return files;
}

function checkFiles(
  { certificatePath, keyPath }: TlsConfig,
  { places }: TlsSection,
  { node, context }: { readonly node: ConfigNode; readonly context: FileContext },
): void {
  const { findings, readFile } = context;
  const find = (which: 'certificate' | 'key') => {
    return { place: places.get(which) ?? node.place, path: `${node.path}.${which}` };
  };
  const read = (which: 'certificate' | 'key', path: string): string | undefined => {
    try {
      return readFile(path);
    } catch (error) {
      findings.problem({
        ...find(which),
        message: `names a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`,
        hint: `Look whether ${path} exists and may be read by the user that camgate runs as.`,
      });
      return undefined;
    }
  };
  const certificate = read('certificate', certificatePath);
  const key = read('key', keyPath);
  if (certificate === undefined || key === undefined) return;
  const checked = checkKeyPair({ certificate, key });
  if (!checked.ok) {
    const { which, message, hint } = checked;
    findings.problem({ ...find(which), message: `names a file that ${message}`, hint });
  } else if (checked.validTo < Date.now()) {
    findings.warning({
      ...find('certificate'),
      message: `has expired on ${new Date(checked.validTo).toISOString().slice(0, 10)}`,
      hint: 'Renew it: players and browsers refuse an expired certificate.',
    });
  }
}
