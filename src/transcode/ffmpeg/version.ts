/** What `ffmpeg -version` says, reduced to what the rest of this room decides by. */
export interface FfmpegVersion {
  /** As printed behind `ffmpeg version`. */
  readonly version: string;
  /** 5, 6, 7 …; undefined for builds that are named by a commit or a date, such as N-47683-g0e8eb07980. */
  readonly major: number | undefined;
  readonly libavcodecMajor: number;
  readonly features: FfmpegFeatures;
}

/** Where the option names of ffmpeg builds differ. */
export interface FfmpegFeatures {
  /** `-fps_mode` came with 5.1 (libavcodec 59.37), where `-vsync` became deprecated; later builds drop `-vsync`. */
  readonly frameRateMode: '-fps_mode' | '-vsync';
}

/** undefined when the text is not that of an ffmpeg program. */
export function parseVersion(text: string): FfmpegVersion | undefined {
  const version = /^ffmpeg version (\S+)/m.exec(text)?.[1];
  const libavcodec = /^libavcodec\s+(\d+)\.\s*(\d+)\./m.exec(text);
  if (version === undefined || libavcodec === null) return undefined;
  const release = /^n?(\d{1,2})\.\d/.exec(version)?.[1];
  const [major, minor] = [Number(libavcodec[1]), Number(libavcodec[2])];
  const hasFpsMode = major > 59 || (major === 59 && minor >= 37);
  return {
    version,
    major: release === undefined ? undefined : Number(release),
    libavcodecMajor: major,
    features: { frameRateMode: hasFpsMode ? '-fps_mode' : '-vsync' },
  };
}

/** libavcodec 59 is the one of ffmpeg 5.0, the oldest release that still gets security fixes in distributions. */
export function isCurrent(version: FfmpegVersion): boolean {
  return version.libavcodecMajor >= 59;
}
