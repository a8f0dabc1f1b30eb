import { describe, expect, it } from 'vitest';
import { cameraFromUrl, configFromUrls } from '../../../src/config/camera-from-url.ts';
import { parseConfig } from '../../../src/config/parse-config.ts';

describe('cameraFromUrl', () => {
  it('means the same as the one line in a file', () => {
    const result = parseConfig('cameras:\n  garage: http://user:p%40ss@garage.lan:81/', {
      path: '/camgate.yaml',
      env: {},
      readFile: () => '',
      findWriteObstacle: () => undefined,
    });
    expect(result).toEqual({
      ok: true,
      config: cameraFromUrl('http://user:p%40ss@garage.lan:81/'),
      warnings: [],
    });
  });

  it('names cameras by their host, never twice the same', () => {
    const urls = [
      'http://192.168.1.20/',
      'http://[::1]/',
      'http://Garage.lan/',
      'http://garage:81/',
    ];
    expect(configFromUrls(urls).cameras.map(({ id }) => id)).toEqual([
      'camera',
      'camera-2',
      'garage',
      'garage-2',
    ]);
  });

  it('refuses what is no camera address without repeating it', () => {
    expect(() => configFromUrls(['http://a/', 'rtsp://me:Sesame@b/'])).toThrow(
      'The camera address number 2 has the scheme rtsp. Use the http:// or https:// address of the camera.',
    );
  });
});
