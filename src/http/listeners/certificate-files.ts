import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { TlsConfig } from '../../config/config.ts';
import { checkKeyPair, type KeyPair } from '../../lib/system/certificate.ts';
import { CamgateError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { PathWatch } from '../../lib/system/path-watch.ts';

export interface CertificateFilesOptions {
  readonly tls: TlsConfig;
  readonly log: Log;
}

type PairReading =
  | { readonly ok: true; readonly pair: KeyPair; readonly validTo: number }
  /** `fingerprint` is the same as long as the files are wrong in the same way. */
  | { readonly ok: false; readonly fingerprint: string; readonly problem: string };

/** From the first sign of a change to the look at the files: anyone who replaces one usually replaces both. */
const settleMs = 500;
/** A pair that does not fit may be half replaced; it is complained of when it is still the same after this. */
const doubtMs = 2000;
/** Network file systems tell nothing of changes that other machines make. */
const slowCheckMs = 60_000;

/**
 * Certificate and key, followed while they are renewed, whether files are written anew or links are swapped on the way
 * to them. A broken pair never replaces a good one.
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
  readonly #watch: PathWatch;
  readonly #slowCheck: NodeJS.Timeout;
  #current: KeyPair;
  #onChange: (pair: KeyPair) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  /** One look at the files after the other. */
  #checks = Promise.resolve();
  #doubted: string | undefined;
  #complained: string | undefined;
  #isDisposed = false;

  private constructor({ tls, log }: CertificateFilesOptions, pair: KeyPair) {
    this.#tls = tls;
    this.#log = log;
    this.#current = pair;
    this.#watch = new PathWatch({
      paths: [tls.certificatePath, tls.keyPath],
      onChange: () => this.#checkIn(settleMs),
      log,
    });
    this.#slowCheck = setInterval(() => this.#checkIn(0), slowCheckMs).unref();
    // What changed between the first reading and the first watch.
    this.#checkIn(0);
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
    this.#watch[Symbol.dispose]();
  }

  #checkIn(delayMs: number): void {
    if (this.#isDisposed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#checks = this.#checks.then(() => this.#check());
    }, delayMs).unref();
  }

  async #check(): Promise<void> {
    await this.#watch.follow();
    const reading = await readPair(this.#tls);
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
    this.#log.info('certificate reloaded', { validTo: new Date(reading.validTo).toISOString() });
  }

  #doubt(fingerprint: string, problem: string): void {
    if (fingerprint === this.#complained) return;
    if (fingerprint !== this.#doubted) {
      this.#doubted = fingerprint;
      this.#checkIn(doubtMs);
      return;
    }
    this.#complained = fingerprint;
    this.#log.warn(`the new certificate is ignored, the old one stays: ${problem}`);
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
    const problem =
      `${path} cannot be read (${code}). Look whether it exists and may be read by the user that ` +
      'camgate runs as.';
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
