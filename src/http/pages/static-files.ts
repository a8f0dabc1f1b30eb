import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { CodedText, type Coding } from './content-coding.ts';
import type { PageText } from './page-text.ts';

/** All others are packed already. */
const textTypes: ReadonlySet<string> = new Set([
  '.css',
  '.html',
  '.js',
  '.mjs',
  '.svg',
  '.webmanifest',
]);

/** The pages and what they load are half a megabyte, hls.js included; coded forms come to less than as much again. */
const maxKeptBytes = 4 * 1024 ** 2;

/**
 * Files of this package: read once, coded once for each coding that somebody asks for, and again when they have
 * changed.
 */
export class StaticFiles {
  readonly #kept = new Map<string, StaticFile>();
  #keptBytes = 0;

  /**
   * undefined: there is no such file. Rejects when it cannot be read.
   * @param page of a page, how its text is made
   */
  async find(path: string, page?: PageText): Promise<StaticFile | undefined> {
    const info = await stat(path).catch(ignoreMissing);
    if (info?.isFile() !== true) return undefined;
    const key = page === undefined ? path : `${path} ${page.form}`;
    const kept = this.#kept.get(key);
    if (kept?.modifiedMs === info.mtimeMs && kept.sizeBytes === info.size) return kept;
    const read = await readFile(path);
    const bytes = page === undefined ? read : Buffer.from(page.write(read.toString()));
    const about = { extension: extname(path), modifiedMs: info.mtimeMs, sizeBytes: read.length };
    const file = new StaticFile(about, bytes);
    this.#keep(key, file);
    return file;
  }

  #keep(key: string, file: StaticFile): void {
    this.#keptBytes += file.bytes.length - (this.#kept.get(key)?.bytes.length ?? 0);
    this.#kept.set(key, file);
    if (this.#keptBytes <= maxKeptBytes) return;
    this.#kept.clear();
    this.#keptBytes = 0;
  }
}

interface FileInfo {
  /** With its dot. */
  readonly extension: string;
  /** Since 1970. */
  readonly modifiedMs: number;
  readonly sizeBytes: number;
}

export class StaticFile implements FileInfo {
  readonly extension: string;
  readonly modifiedMs: number;
  /** Of the file, which for a page is not that of its text. */
  readonly sizeBytes: number;
  readonly isText: boolean;
  readonly #hash: string;
  readonly #body: CodedText;

  constructor({ extension, modifiedMs, sizeBytes }: FileInfo, bytes: Buffer) {
    this.extension = extension;
    this.modifiedMs = modifiedMs;
    this.sizeBytes = sizeBytes;
    this.#body = new CodedText(bytes);
    this.isText = textTypes.has(extension);
    this.#hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 16);
  }

  get bytes(): Buffer {
    return this.#body.bytes;
  }

  /** A validator names bytes (RFC 9110, 8.8.3.3), so each coding has its own. */
  etag(coding: Coding): string {
    return coding === 'identity' ? `"${this.#hash}"` : `"${this.#hash}-${coding}"`;
  }

  body(coding: Coding): Promise<Buffer> {
    return this.#body.as(coding);
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
