import { describe, expect, it, vi } from 'vitest';
import { SharedText } from '../../../../src/http/pages/shared-text.ts';

function shared() {
  const clock = { nowMs: 1000 };
  let count = 0;
  const render = vi.fn(() => Promise.resolve(`${++count} `.repeat(1000)));
  return { clock, render, text: new SharedText(render, () => clock.nowMs) };
}

describe('SharedText', () => {
  it('renders once for all who ask within a moment', async () => {
    const { clock, render, text } = shared();
    const asked = await Promise.all([text.current(), text.current(), text.current()]);
    clock.nowMs += 249;
    asked.push(await text.current());
    expect(new Set(asked).size).toBe(1);
    expect(render).toHaveBeenCalledTimes(1);
    clock.nowMs += 1;
    expect((await text.current()).bytes.toString()).toMatch(/^2 /);
  });

  it('codes once for each coding', async () => {
    const { text } = shared();
    const [one, other] = [await text.current(), await text.current()];
    expect(await one.as('br')).toBe(await other.as('br'));
    expect(await one.as('gzip')).toBe(await other.as('gzip'));
    expect(await one.as('identity')).toBe(other.bytes);
  });

  it('shares a rendering that takes longer than that', async () => {
    const { clock, render, text } = shared();
    const first = text.current();
    clock.nowMs += 5000;
    expect(await text.current()).toBe(await first);
    expect(render).toHaveBeenCalledTimes(1);
  });

  it('tries again after a failure', async () => {
    const { render, text } = shared();
    render.mockRejectedValueOnce(new Error('no'));
    await expect(Promise.all([text.current(), text.current()])).rejects.toThrow('no');
    expect((await text.current()).bytes.toString()).toMatch(/^1 /);
    expect(render).toHaveBeenCalledTimes(2);
  });
});
