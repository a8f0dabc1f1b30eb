import { readFileSync, watch, type FSWatcher } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TlsConfig } from '../config/config.ts';
import { checkKeyPair, type KeyPair } from '../lib/certificate.ts';
import { CamgateError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';

export interface CertificateFilesOptions {
  readonly tls: TlsConfig;
  readonly log: Log;
}

type PairReading =
  | { readonly ok: true; readonly pair: KeyPair; readonly validTo: number }
  /** `fingerprint` is the same as long as the files are wrong in the same way. */
  | { readonly ok: false; readonly fingerprint: string; readonly problem: string };

/** From the first sign of a change to the look at the files: whoever replaces one usually replaces both. */
const settleMs = 500;
/** A pair that does not fit may be half replaced; it is complained of when it is still the same after this. */
const doubtMs = 2000;
/** Network file systems and links through other folders tell nothing of changes. */
const slowCheckMs = 60_000;

/**
 * Certificate and key, followed while they are renewed. The folders are watched and not the files, since certbot and
 * Kubernetes put new files or links in the place of the old ones. A broken pair never replaces a good one.
 */
export class CertificateFiles implements Disposable {
  /** Throws config-invalid when the files cannot be used. */
  static open(options: CertificateFilesOptions): CertificateFiles {
    const { certificatePath, keyPath } = options.tls;
    const reading = judge(options.tls, () => {
      return {
        certificate: readFileSync(certificatePath, 'utf8'),
        key: readFileSync(keyPath, 'utf8'),
      };
    });
    if (!reading.ok) throw new CamgateError('config-invalid', `server.tls: ${reading.problem}`);
    return new CertificateFiles(options, reading.pair);
  }

  readonly #tls: TlsConfig;
  readonly #log: Log;
  readonly #watchers: readonly FSWatcher[];
  readonly #slowCheck: NodeJS.Timeout;
  #current: KeyPair;
  #onChange: (pair: KeyPair) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #doubted: string | undefined;
  #complained: string | undefined;
  #isDisposed = false;

  private constructor({ tls, log }: CertificateFilesOptions, pair: KeyPair) {
    this.#tls = tls;
    this.#log = log;
    this.#current = pair;
    const folders = new Set([dirname(tls.certificatePath), dirname(tls.keyPath)]);
    this.#watchers = [...folders].flatMap((folder) => this.#watch(folder));
    this.#slowCheck = setInterval(() => this.#checkIn(0), slowCheckMs).unref();
  }

  get current(): KeyPair {
    return this.#current;
  }

  /** Whom to tell of a new pair; one listener. */
  set onChange(listener: (pair: KeyPair) => void) {
    this.#onChange = listener;
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    clearInterval(this.#slowCheck);
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  /** Without a watch the slow check still finds every change. */
  #watch(folder: string): FSWatcher[] {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#checkIn(settleMs));
      watcher.on('error', (error) => {
        watcher.close();
        this.#log.debug('the folder of the certificate is not watched any more', { error });
      });
      return [watcher];
    } catch (error) {
      this.#log.debug('the folder of the certificate cannot be watched', { error });
      return [];
    }
  }

  #checkIn(delayMs: number): void {
    if (this.#isDisposed) return;
    this.#timer ??= setTimeout(() => void this.#check(), delayMs).unref();
  }

  async #check(): Promise<void> {
    const reading = await readPair(this.#tls);
    this.#timer = undefined;
    if (this.#isDisposed) return;
    if (!reading.ok) {
      this.#doubt(reading.fingerprint, reading.problem);
      return;
    }
    this.#doubted = undefined;
    this.#complained = undefined;
    const { certificate, key } = this.#current;
    if (reading.pair.certificate === certificate && reading.pair.key === key) return;
    this.#current = reading.pair;
    this.#onChange(reading.pair);
    this.#log.info('new certificate taken', { validTo: new Date(reading.validTo).toISOString() });
  }

  #doubt(fingerprint: string, problem: string): void {
    if (fingerprint === this.#complained) return;
    if (fingerprint !== this.#doubted) {
      this.#doubted = fingerprint;
      this.#checkIn(doubtMs);
      return;
    }
    this.#complained = fingerprint;
    this.#log.warn(`the new certificate is not used, the old one stays: ${problem}`);
  }
}

async function readPair(tls: TlsConfig): Promise<PairReading> {
  try {
    const [certificate, key] = await Promise.all([
      readFile(tls.certificatePath, 'utf8'),
      readFile(tls.keyPath, 'utf8'),
    ]);
    return judge(tls, () => ({ certificate, key }));
  } catch (error) {
    return judge(tls, () => {
      throw error;
    });
  }
}

/** @param read throws when a file cannot be read */
function judge(tls: TlsConfig, read: () => KeyPair): PairReading {
  let pair: KeyPair;
  try {
    pair = read();
  } catch (error) {
    const { code = 'unreadable', path = tls.certificatePath } = error as NodeJS.ErrnoException;
    const problem = `${path} cannot be read (${code}). Look whether it exists and may be read by the user that camgate runs as.`;
    return { ok: false, fingerprint: problem, problem };
  }
  const checked = checkKeyPair(pair);
  if (checked.ok) return { ok: true, pair, validTo: checked.validTo };
  const path = checked.which === 'key' ? tls.keyPath : tls.certificatePath;
  return {
    ok: false,
    fingerprint: `${pair.certificate}\n${pair.key}`,
    problem: `${path} ${checked.message}. ${checked.hint}`,
  };
}
