import { describe, expect, it } from 'vitest';
import { cameraOf, configOf, front, warningsOf } from './config-rig.ts';

describe('a configuration of one line', () => {
  it('has every default', () => {
    expect(configOf('cameras:\n  front: http://user:p%20w@192.168.1.20:81/')).toEqual({
      server: {
        host: '127.0.0.1',
        port: 8080,
        cors: ['*'],
        frameAncestors: ['*'],
        publicUrl: undefined,
        tls: undefined,
      },
      log: { level: 'info', format: 'text' },
      watch: false,
      ffmpegPath: undefined,
      cameras: [
        {
          id: 'front',
          name: 'front',
          url: new URL('http://192.168.1.20:81/'),
          username: 'user',
          password: 'p w',
          via: 'auto',
          stream: 1,
          paceMs: 400,
          userAgent: 'camgate',
          audio: true,
          alwaysOn: false,
          offline: 'hold',
          lingerMs: 15_000,
          stallMs: 8000,
          coldStartMs: 10_000,
          maxBitsPerSecond: 200e6,
          hls: {
            partMs: 200,
            segmentMs: 1000,
            segmentCount: 7,
            windowMs: undefined,
            directory: undefined,
            maxBytes: 64 * 1024 ** 2,
            maxDiskBytes: 4 * 1024 ** 3,
          },
        },
      ],
    });
  });
});

describe('a camera', () => {
  it('reads every key', () => {
    const text = `cameras:
  yard-2:
    url: https://camera.example/live
    username: admin
    password: 0123
    name: Back yard
    via: videostream.cgi
    stream: 2
    pace: 5s
    userAgent: Mozilla/5.0 (X11)
    audio: false
    alwaysOn: true
    offline: slate
    linger: 1.5s
    stall: 2m
    coldStart: 20s
    maxBitrate: 50Mbit/s
    hls: { part: 100ms, segment: 2s, segments: 5, maxBytes: 16MiB }
`;
    expect(cameraOf(text)).toEqual({
      id: 'yard-2',
      name: 'Back yard',
      url: new URL('https://camera.example/live'),
      username: 'admin',
      password: '0123',
      via: 'videostream.cgi',
      stream: 2,
      paceMs: 5_000,
      userAgent: 'Mozilla/5.0 (X11)',
      audio: false,
      alwaysOn: true,
      offline: 'slate',
      lingerMs: 1500,
      stallMs: 120_000,
      coldStartMs: 20_000,
      maxBitsPerSecond: 50e6,
      hls: {
        partMs: 100,
        segmentMs: 2000,
        segmentCount: 5,
        windowMs: undefined,
        directory: undefined,
        maxBytes: 16 * 1024 ** 2,
        maxDiskBytes: 4 * 1024 ** 3,
      },
    });
  });

  it('takes hls of its own over that of all cameras, key by key', () => {
    const text = `hls: { part: 100ms, segments: 9 }
cameras:
  a: { url: 'http://a/', hls: { segments: 4 } }
`;
    expect(cameraOf(text).hls).toMatchObject({ partMs: 100, segmentMs: 1000, segmentCount: 4 });
  });

  it('shares values through aliases', () => {
    const text = `cameras:
  a: { url: 'http://a/', hls: &quick { part: 100ms } }
  b: { url: 'http://b/', hls: *quick }
`;
    expect(configOf(text).cameras.map(({ hls }) => hls.partMs)).toEqual([100, 100]);
  });
});

describe('sections', () => {
  it('may be empty, with every line commented out', () => {
    expect(configOf(`${front}server:\nlog:\nhls:\n`).server.port).toBe(8080);
  });

  it('take numbers from the environment', () => {
    expect(configOf(`${front}server: { port: "\${PORT}" }`).server.port).toBe(9000);
  });

  it('find programs relative to the file', () => {
    expect(configOf(`${front}ffmpegPath: bin/ffmpeg`).ffmpegPath).toBe('/etc/camgate/bin/ffmpeg');
  });
});

describe('warnings', () => {
  it('tell of open doors and of two sessions with one camera', () => {
    const text = 'server: { host: 0.0.0.0 }\ncameras:\n  a: http://x/\n  b: http://u:p@x/\n';
    expect(warningsOf(text)).toEqual([
      'f:1:11 server.host: lets other machines in, and camgate asks viewers for no password. Put a reverse proxy with a login in front where not everybody on the network may watch.',
      'f:4:3 cameras.b: has the same url and stream as cameras.a, so the camera gets two sessions. Remove one of the two, or give them different stream numbers.',
    ]);
  });
});
