/** What to do about the file system errors that a directory for segments meets. */
const advice: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space or lower hls.maxDiskBytes',
  EDQUOT: 'the disk quota is used up; free some space or lower hls.maxDiskBytes',
  EACCES: 'camgate may not write there; give its user the right to',
  EPERM: 'camgate may not write there; give its user the right to',
  EROFS: 'the file system is read-only; mount it for writing',
  ENOENT:
    'the directory is gone and cannot be made; mount it again or choose another hls.directory',
  ENOTDIR: 'a part of the path is a file; choose another hls.directory',
  EIO: 'the disk reports errors; look at its health',
  EMFILE: 'too many files are open; raise the limit of open files',
};

/** There is no room, which removing files makes. */
export function isDiskFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** One sentence for the log. */
export function describeDiskError(error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  return advice[code] ?? (error instanceof Error ? error.message : String(error));
}
