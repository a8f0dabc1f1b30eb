import type { Config } from '../config/config.ts';

/** What is read once, when camgate starts: the value behind each key. Cameras and `watch` are not among them. */
const values: Readonly<Record<string, (config: Config) => unknown>> = {
  'server.host': ({ server }) => server.host,
  'server.port': ({ server }) => server.port,
  'server.cors': ({ server }) => server.cors,
  'server.frameAncestors': ({ server }) => server.frameAncestors,
  'server.publicUrl': ({ server }) => server.publicUrl,
  'server.tls.certificate': ({ server }) => server.tls?.certificatePath,
  'server.tls.key': ({ server }) => server.tls?.keyPath,
  'log.level': ({ log }) => log.level,
  'log.format': ({ log }) => log.format,
  ffmpegPath: ({ ffmpegPath }) => ffmpegPath,
};

/** The keys of which the running gateway still has another value than the file, in the order of the documentation. */
export function restartKeys(running: Config, wanted: Config): readonly string[] {
  return Object.entries(values)
    .filter(([, read]) => JSON.stringify(read(running)) !== JSON.stringify(read(wanted)))
    .map(([key]) => key);
}
