import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../src');

/** Rooms that handle media; the pure formats of `media` are open to all of them. */
const mediaRooms = ['sources', 'transcode', 'camera', 'outputs', 'simulator'];

/**
 * The doors of each room: the files that other rooms may import, and which rooms. Besides these, every room may import
 * lib, and all but lib and media the values of config/config.ts. Nothing else of another room may be touched, for its
 * types neither.
 */
const doors: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  lib: {},
  media: {
    'frame.ts': mediaRooms,
    'frame-hub.ts': mediaRooms,
    'byte-queue.ts': mediaRooms,
    'claimed-pixels.ts': mediaRooms,
    'codec-strings.ts': mediaRooms,
    'playable.ts': mediaRooms,
    'aac/aac-configuration.ts': mediaRooms,
    'aac/aac-track.ts': mediaRooms,
    'aac/adts-reader.ts': mediaRooms,
    'asf/asf.ts': mediaRooms,
    'asf/asf-reader.ts': mediaRooms,
    'asf/asf-writer.ts': mediaRooms,
    'drawing/bitmap-font.ts': mediaRooms,
    'asf/wave-format.ts': mediaRooms,
    'drawing/yuv-picture.ts': mediaRooms,
    'flv/flv-reader.ts': mediaRooms,
    'h264/h264-sps.ts': mediaRooms,
    'jpeg/jpeg.ts': mediaRooms,
    'jpeg/multipart-reader.ts': mediaRooms,
    'jpeg/multipart-writer.ts': mediaRooms,
    'matroska/matroska-writer.ts': mediaRooms,
    'mp4/fragment-reader.ts': mediaRooms,
    'mp4/fragment-writer.ts': mediaRooms,
    'mp4/init-writer.ts': mediaRooms,
    'mpegts/mpegts-writer.ts': mediaRooms,
    'mpegts/tracks.ts': mediaRooms,
    'nal/access-units.ts': mediaRooms,
    'nal/intra-refresh.ts': mediaRooms,
    'nal/keyframes-alone.ts': mediaRooms,
    'nal/nal-codec.ts': mediaRooms,
    'nal/nal-codecs.ts': mediaRooms,
    'nal/parameter-sets.ts': mediaRooms,
    'nal/video-range.ts': mediaRooms,
  },
  transcode: {
    'ffmpeg/binary.ts': ['camera', 'gateway', 'main'],
    'arguments.ts': ['sources'],
    'ffmpeg/one-shot.ts': ['sources', 'camera'],
    'child-keeper.ts': ['camera', 'outputs'],
    'ffmpeg/child-tally.ts': ['camera'],
    'audio-encoder.ts': ['camera'],
    'video-encoder.ts': ['camera'],
    'jpeg-decoder.ts': ['camera'],
    'still-decoder.ts': ['outputs'],
  },
  sources: {
    'source.ts': ['camera'],
    'cgi/cgi-source.ts': ['gateway'],
    'slate/encode-still.ts': ['camera'],
    'slate/slate-loop.ts': ['camera'],
  },
  camera: {
    'camera.ts': ['outputs'],
    'demand.ts': ['outputs'],
    'intake.ts': ['outputs'],
    'forms/forms.ts': ['outputs'],
    'supervisor/dial-memory.ts': ['outputs'],
    'supervisor/retry-paces.ts': ['outputs'],
    'supervisor/status.ts': ['outputs'],
  },
  outputs: {
    'viewer-feed.ts': ['http'],
    'viewable-camera.ts': ['http', 'telemetry', 'gateway'],
    'hls/window/window.ts': ['http'],
    'hls/storage/window-disks.ts': ['gateway'],
    'served-camera.ts': ['gateway'],
    'served-cameras.ts': ['gateway'],
  },
  http: { 'server.ts': ['gateway'] },
  telemetry: {
    'logger.ts': ['main'],
    'redact.ts': ['main'],
    'metrics.ts': ['gateway'],
  },
  simulator: {
    'demo.ts': ['main'],
    'simulate-command.ts': ['main'],
  },
  config: {
    'camera-from-url.ts': ['command-line'],
    'default-camera.ts': ['main'],
    'document/findings.ts': ['command-line'],
    'document/interpolate.ts': ['command-line'],
    'parse-config.ts': ['command-line'],
    'schema.ts': ['command-line'],
    'values.ts': ['command-line'],
  },
  'command-line': {
    'check.ts': ['main'],
    'count-of.ts': ['main'],
    'edge.ts': ['main'],
    'followed-file.ts': ['main'],
    'help.ts': ['main'],
    'parse-arguments.ts': ['main'],
    'plan-run.ts': ['main'],
    'reload.ts': ['main'],
  },
  gateway: { 'gateway.ts': ['main'] },
  main: {},
};

/** A folder holds 5 to 15 files. */
const [fewestFiles, mostFiles] = [5, 15];
/** Folders that are understood by what they are one of: a format, a source or an output may be small. */
const mayBeSmall = /^(media|sources|outputs)\/[^/]+$/;
/** Other folders of another size, and why. */
const oddFolders: Readonly<Record<string, string>> = {
  '': 'the edge of the process and the composition root; all else is a room',
  camera: 'the camera itself; its parts have folders',
  sources: 'the contract; each source has a folder',
  'outputs/hls/renditions': 'two renditions beside the low-latency one',
  'simulator/http': 'a server that writes answers as cameras do, for the device alone',
};

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Files by their path below src, with slashes. */
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.split(sep).join('/'));

/** Of types too: a type that is imported is known. */
const imports = files.flatMap((from) =>
  [...readFileSync(join(src, from), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(
    ([, specifier = '']): Import => {
      const to = relative(src, resolve(src, dirname(from), specifier));
      return { from, to: to.split(sep).join('/') };
    },
  ),
);

function roomOf(path: string): string {
  const [first = ''] = path.split('/');
  return first.replace(/\.ts$/, '');
}

/** The file within its room; a room that is one file is its own door. */
function doorOf(path: string): string {
  return path.includes('/') ? path.slice(path.indexOf('/') + 1) : path;
}

function isAllowed({ from, to }: Import): boolean {
  const [source, target] = [roomOf(from), roomOf(to)];
  if (source === target || target === 'lib') return true;
  if (to === 'config/config.ts' && source !== 'media') return source !== 'lib';
  return doors[target]?.[doorOf(to)]?.includes(source) === true;
}

/** A way from a name back to itself, for each ring; empty without rings. */
function ringsOf(edges: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const rings: string[] = [];
  const walk = (name: string, path: readonly string[]): void => {
    const seenAt = path.indexOf(name);
    if (seenAt !== -1) rings.push([...path.slice(seenAt), name].join(' -> '));
    if (seenAt !== -1 || done.has(name)) return;
    for (const other of next.get(name) ?? []) walk(other, [...path, name]);
    done.add(name);
  };
  for (const name of next.keys()) walk(name, []);
  return rings;
}

describe('rooms', () => {
  it('are found with their imports', () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.filter(({ to }) => to.endsWith('.ts') && !files.includes(to))).toEqual([]);
  });

  it('are all named', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => !(room in doors))).toEqual([]);
  });

  it('are entered by their doors alone', () => {
    const wrong = imports.filter((each) => !isAllowed(each));
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('have no door that nobody uses', () => {
    const used = new Set(imports.map(({ from, to }) => `${roomOf(from)} -> ${to}`));
    const unused = Object.entries(doors).flatMap(([room, names]) =>
      Object.entries(names).flatMap(([name, users]) => {
        const path = files.includes(`${room}/${name}`) ? `${room}/${name}` : name;
        const ways = users.map((user) => `${user} -> ${path}`);
        const isUsed = ways.map((way) => used.has(way));
        // A format is open to all rooms that handle media, whichever of them reads it.
        if (users === mediaRooms) return isUsed.includes(true) ? [] : [path];
        return ways.filter((way) => !used.has(way));
      }),
    );
    expect(unused).toEqual([]);
  });

  it('point one way', () => {
    const edges = Object.entries(doors).flatMap(([to, names]) =>
      Object.values(names).flatMap((rooms) => rooms.map((from) => ({ from, to }))),
    );
    expect(ringsOf(edges)).toEqual([]);
  });

  it('keep http away from ffmpeg and cameras', () => {
    for (const room of ['transcode', 'camera', 'sources', 'media']) {
      expect(Object.values(doors[room] ?? {}).flat()).not.toContain('http');
    }
  });
});

describe('formats', () => {
  it('are written from frames, whatever they were stored as: MPEG-TS knows no MP4', () => {
    const wrong = imports.filter(({ from, to }) => {
      return from.startsWith('media/mpegts/') && to.startsWith('media/mp4/');
    });
    expect(wrong).toEqual([]);
  });
});

describe('files', () => {
  it('import each other in no ring, of types neither', () => {
    expect(ringsOf(imports)).toEqual([]);
  });
});

describe('folders', () => {
  const counts = new Map<string, number>();
  for (const file of files) {
    const folder = file.includes('/') ? dirname(file) : '';
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }

  it('hold 5 to 15 files', () => {
    const odd = [...counts].filter(([folder, count]) => {
      if (folder in oddFolders || (count < fewestFiles && mayBeSmall.test(folder))) return false;
      return count < fewestFiles || count > mostFiles;
    });
    expect(odd).toEqual([]);
  });

  it('are no exception without need', () => {
    const needless = Object.keys(oddFolders).filter((folder) => {
      const count = counts.get(folder) ?? fewestFiles;
      return count >= fewestFiles && count <= mostFiles;
    });
    expect(needless).toEqual([]);
  });
});
