import { describe, expect, it } from 'vitest';
import { parseSimulateArguments, simulateHelp } from '../../../src/simulator/simulate-command.ts';

describe('parseSimulateArguments', () => {
  it('has a default for everything', () => {
    expect(parseSimulateArguments([])).toMatchObject({
      type: 'run',
      count: 1,
      options: {
        profile: 'classic',
        port: 0,
        video: 'h264',
        audio: 'adpcm',
        width: 640,
        height: 360,
      },
    });
  });

  it('takes what is given', () => {
    const args = [
      '--profile',
      'foscam',
      '--size=320x240',
      '--count',
      '3',
      '--multipart',
      'lf-only',
    ];
    expect(parseSimulateArguments(args)).toMatchObject({
      count: 3,
      options: { profile: 'foscam', width: 320, height: 240, multipart: { lineEnd: '\n' } },
    });
  });

  it.each([
    [['--prot', '80'], /did you mean --port/],
    [['--profile', 'clasic'], /did you mean classic/],
    [['--video', 'vp9'], /h264, mjpeg/],
    [['--count', '0'], /1 to 1000/],
    [['--port', 'x'], /0 to 65535/],
    [['--size', 'big'], /640x360/],
    [['--port'], /argument/],
    [['extra'], /extra/],
  ])('refuses %j with a hint', (args, hint) => {
    expect(() => parseSimulateArguments(args)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(hint) as string }),
    );
  });

  it('documents every option and every fault', () => {
    const options = [
      'profile',
      'host',
      'port',
      'count',
      'name',
      'hue',
      'video',
      'audio',
      'size',
      'fps',
      'gop',
    ];
    for (const option of [
      ...options,
      'jitter',
      'bitrate',
      'password',
      'viewers',
      'multipart',
      'start',
      'burst',
    ]) {
      expect(simulateHelp).toContain(`--${option} `);
    }
    expect(simulateHelp).toContain('/_simulator/faults');
    expect(simulateHelp).toContain('slow-slot-release (ms=10000)');
    expect(parseSimulateArguments(['--help'])).toEqual({ type: 'help' });
  });
});
