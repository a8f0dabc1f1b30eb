import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { sampleStrip, type Sample } from '../../bench/pictures/strip-sampler.ts';
import { readStrip, stripModulus } from '../../src/simulator/streams/frame-strip.ts';
import { Heartbeat } from '../heartbeat.ts';
import { memoryHls, startRig } from '../integration/gateway/rig.ts';
import { browserTest, patience, playing } from './gateway/browser-test.ts';

const it = browserTest();
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'camgate-seek-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Number of the frame that a sample shows. */
function numberOf({ levels }: Sample): number | undefined {
  return readStrip((x) => levels[Math.floor(x)] ?? 0, levels.length, 24);
}

/** What is on the screen, by the number painted into it. */
async function shownFrame(page: Page): Promise<number> {
  const options = { source: undefined, settleMs: 0, measureMs: 400 };
  const numbers = (await page.evaluate(sampleStrip, options)).map(numberOf);
  const number = numbers.find((candidate) => candidate !== undefined);
  if (number === undefined) throw new Error('no picture carries a number');
  return number;
}

/** The clock of the page's slider, in seconds of the day. */
async function shownClock(page: Page): Promise<number> {
  const text = (await page.locator('.player-clock').textContent()) ?? '';
  const [, hours, minutes, seconds, half] =
    /^(\d+):(\d+):(\d+)(?: ([AP]M))?$/.exec(text) ?? expect.fail(`no clock: "${text}"`);
  const shift = half === undefined ? 0 : (half === 'PM' ? 12 : 0) - (hours === '12' ? 12 : 0);
  return (Number(hours) + shift) * 3600 + Number(minutes) * 60 + Number(seconds);
}

function secondsOfDay(ms: number): number {
  const date = new Date(ms);
  return date.getHours() * 3600 + date.getMinutes() * 60 + date.getSeconds() + (ms % 1000) / 1000;
}

/** Frames that lie between two numbers, whichever way round the loop. */
function frameDistance(one: number, other: number): number {
  const distance = Math.abs(one - other) % stripModulus;
  return Math.min(distance, stripModulus - distance);
}

async function badge(page: Page): Promise<string> {
  return (await page.locator('.player-badge').textContent()) ?? '';
}

/** How far behind live the page says to be, in seconds; NaN while it says something else. */
async function behind(page: Page): Promise<number> {
  return Number(/^(\d+) s behind live$/.exec(await badge(page))?.[1]);
}

describe('seeking back in the player', () => {
  it('lands where the clock says, stays there, and comes back to live', async ({ page }) => {
    const hls = { ...memoryHls, windowMs: 300_000, directory };
    await using rig = await startRig([{ video: 'h264', audio: 'none' }], { alwaysOn: true, hls });
    await page.goto(rig.url('/embed/cam0').href);
    await page.waitForSelector(playing);
    const timeline = page.locator('.player-timeline');
    expect(await timeline.isHidden()).toBe(true);
    await page.waitForSelector('.player-timeline:not([hidden])', {
      state: 'attached',
      timeout: 60_000,
    });
    const slider = page.locator('.player-seek');
    expect(await slider.inputValue()).toBe('0');
    expect(await page.getByRole('status').count()).toBe(0); // the clock ticks: read out it would drown the rest
    // Frame numbers repeat with the simulator's loop: what was sent 20 s ago is known before it is overwritten.
    const sent = new Map(rig.camera.journal.framesSent);
    await slider.fill('-20');
    await page.waitForSelector('camgate-player[data-shifted][data-state="playing"]');
    const heartbeat = new Heartbeat();
    /** What this machine did not run is not played either. */
    const isBehind = async (min: number, max: number): Promise<boolean> => {
      const seconds = await behind(page);
      return seconds >= min && seconds <= max + heartbeat.lostMs / 1000;
    };
    await expect.poll(() => isBehind(19, 22), patience).toBe(true);
    const [number, clock] = [await shownFrame(page), await shownClock(page)];
    const loopSeconds = loopOf(sent);
    const sentAt = rig.camera.journal.framesSent.get(number) ?? expect.fail('never sent');
    const off = Math.abs(secondsOfDay(sentAt) - clock) % loopSeconds;
    expect(Math.min(off, loopSeconds - off)).toBeLessThan(1.5);

    // Neither the ladder nor the pace brings it forward.
    await page.waitForTimeout(4000);
    expect(await isBehind(19, 22), await badge(page)).toBe(true);
    const later = await shownFrame(page);
    expect(frameDistance(number, later)).toBeGreaterThan(30);

    // A pause moves it away from the live edge by its length and no more; playing on does not go live.
    await page.locator('camgate-player').focus();
    await page.keyboard.press('k');
    await page.waitForTimeout(5000);
    await page.keyboard.press('k');
    await page.waitForSelector('camgate-player[data-shifted][data-state="playing"]');
    await expect.poll(() => isBehind(24, 28), patience).toBe(true);

    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => isBehind(29, 34), patience).toBe(true);
    await page.keyboard.press('l');
    await expect.poll(() => badge(page), patience).toMatch(/^live \d\.\d s$/);
    heartbeat.stop();
    expect(await page.locator('.player-live').isDisabled()).toBe(true);
  });
});

/** How long the simulator's loop is, in seconds: a number comes again after it. */
function loopOf(sent: ReadonlyMap<number, number>): number {
  const times = [...sent.values()].sort((one, other) => one - other);
  const [first = 0] = times;
  const last = times.at(-1) ?? 0;
  return Math.round(((last - first) / 1000) * ((times.length + 1) / times.length));
}
