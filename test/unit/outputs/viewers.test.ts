import { describe, expect, it } from 'vitest';
import { Viewers } from '../../../src/outputs/viewers.ts';

describe('viewers', () => {
  it('counts connections while they last', () => {
    const viewers = new Viewers(() => 0);
    const leave = viewers.join('mjpeg');
    viewers.join('mjpeg');
    expect(viewers.count('mjpeg')).toBe(2);
    leave();
    leave();
    expect(viewers.counts()).toEqual({ hls: 0, mjpeg: 1, snapshot: 0 });
  });

  it('counts a polling player once and forgets it after ten seconds', () => {
    let nowMs = 0;
    const viewers = new Viewers(() => nowMs);
    for (; nowMs < 5000; nowMs += 500) viewers.visit('hls', 'a', false);
    expect(viewers.count('hls')).toBe(1);
    nowMs += 10_001;
    expect(viewers.count('hls')).toBe(0);
  });

  it('tells players behind one address apart by requests held at the same time', () => {
    let nowMs = 0;
    const viewers = new Viewers(() => nowMs);
    const ends = [1, 2, 3].map(() => viewers.visit('hls', 'a', true));
    expect(viewers.count('hls')).toBe(3);
    for (const end of ends) end();
    nowMs += 1000;
    expect(viewers.count('hls')).toBe(3);
    nowMs += 5000;
    expect(viewers.count('hls')).toBe(1);
  });

  it('counts the requests that wait, also of viewers whose key was given up', () => {
    const viewers = new Viewers(() => 0);
    const ends = ['a', 'a', 'b'].map((key) => viewers.visit('hls', key, true));
    viewers.visit('snapshot', 'a', true);
    for (let index = 0; index < 12_000; index++) viewers.visit('hls', `key ${index}`, false);
    expect(viewers.heldCount('hls')).toBe(3);
    for (const end of ends) end();
    expect(viewers.heldCount('hls')).toBe(0);
    expect(viewers.heldCount('snapshot')).toBe(1);
  });

  it('keeps a bounded number of keys', () => {
    const viewers = new Viewers(() => 0);
    for (let index = 0; index < 12_000; index++) viewers.visit('hls', `key ${index}`, false);
    expect(viewers.count('hls')).toBe(10_000);
  });
});
