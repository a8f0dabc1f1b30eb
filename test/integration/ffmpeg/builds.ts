import { locateFfmpeg, type FfmpegBinary } from '../../../src/transcode/ffmpeg/binary.ts';
import { silentLog } from '../../../src/lib/log.ts';

/** Both builds that camgate must work with: the system's and the bundled one. */
export async function bothBuilds(): Promise<readonly (readonly [string, FfmpegBinary])[]> {
  const system = await locateFfmpeg({
    configuredPath: undefined,
    searchPath: '/usr/bin',
    log: silentLog,
  });
  const bundled = await locateFfmpeg({
    configuredPath: undefined,
    searchPath: '',
    log: silentLog,
  });
  return [
    [`${system.source} ${system.version}`, system],
    [`${bundled.source} ${bundled.version}`, bundled],
  ];
}
