import { describe, expect, it } from 'vitest';
import { CamgateError } from '../../../src/lib/errors.ts';
import { defaultFaults, Faults, parseFault } from '../../../src/simulator/faults.ts';

function faults() {
  const calls: string[] = [];
  const instance = new Faults({
    strike: ({ kind }) => calls.push(`strike ${kind}`),
    reboot: (ms) => {
      calls.push(`reboot ${ms}`);
      return Promise.resolve();
    },
    loseSessions: () => calls.push('sessions'),
    changeResolution: (size) => {
      calls.push(size ? `${size.width}x${size.height}` : 'original size');
      return Promise.resolve();
    },
  });
  return { instance, calls };
}

describe('parseFault', () => {
  it('takes every fault by its name alone', () => {
    for (const [name, fault] of Object.entries(defaultFaults)) {
      expect(parseFault(name, new Map())).toEqual(fault);
    }
  });

  it('takes the parameters that a fault has and no others', () => {
    const parameters = new Map([
      ['ms', '50'],
      ['width', '9'],
    ]);
    expect(parseFault('reboot', parameters)).toEqual({ kind: 'reboot', ms: 50 });
  });

  it.each(['-1', 'x', '', '1.5'])('refuses %j as a number', (ms) => {
    expect(() => parseFault('reboot', new Map([['ms', ms]]))).toThrow(CamgateError);
  });

  it.each(['0', '65', '99999998'])('refuses a picture %s pixels wide', (width) => {
    expect(() => parseFault('resolution', new Map([['width', width]]))).toThrow(
      /even sides of 64 to 4096 pixels/,
    );
  });

  it('names the nearest fault for an unknown one', () => {
    expect(() => parseFault('rebot', new Map())).toThrow(/did you mean "reboot"/);
    expect(() => parseFault('constructor', new Map())).toThrow(/There is no fault/);
  });
});

describe('Faults', () => {
  it('stay on until they are switched off', async () => {
    const { instance } = faults();
    await instance.switchOn({ kind: 'garbage', bytes: 3 });
    expect(instance.active('garbage')).toEqual({ kind: 'garbage', bytes: 3 });
    await instance.switchOff('garbage');
    expect(instance.list).toEqual([]);
  });

  it('are taken once by the next stream', async () => {
    const { instance } = faults();
    await instance.switchOn({ kind: 'stall' }, { kind: 'next', afterFrames: 2 });
    expect(instance.active('stall')).toBeUndefined();
    expect(instance.takeForNext()).toEqual([{ fault: { kind: 'stall' }, afterFrames: 2 }]);
    expect(instance.takeForNext()).toEqual([]);
  });

  it('act at once when they happen once', async () => {
    const { instance, calls } = faults();
    await instance.switchOn({ kind: 'reset' });
    await instance.switchOn({ kind: 'reboot', ms: 5 });
    await instance.switchOn({ kind: 'sessions-lost' });
    expect(calls).toEqual(['strike reset', 'reboot 5', 'sessions']);
    expect(instance.list).toEqual([]);
  });

  it('give the first resolution back', async () => {
    const { instance, calls } = faults();
    await instance.switchOn({ kind: 'resolution', width: 320, height: 240 });
    await instance.clear();
    expect(calls).toEqual(['320x240', 'original size']);
  });

  it('of the device cannot be for one stream', async () => {
    const { instance } = faults();
    await expect(
      instance.switchOn({ kind: 'unauthorized' }, { kind: 'next', afterFrames: 0 }),
    ).rejects.toThrow(/whole camera/);
  });
});
