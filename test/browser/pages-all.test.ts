import { describe, expect } from 'vitest';
import { browserTest } from './gateway/browser-test.ts';
import {
  connectingCamera,
  idleCamera,
  liveCamera,
  lockedCamera,
  staleCamera,
} from './gateway/canned-status.ts';
import { lowContrastTexts } from './gateway/contrast.ts';

const it = browserTest();

describe('every page', () => {
  it.for(['dark', 'light'] as const)(
    'is readable and fits every width, %s',
    async (colorScheme, { visit }) => {
      await visit.page.emulateMedia({ colorScheme });
      visit.gateway.add(liveCamera('front', 'Front door'), visit.pictures);
      visit.gateway.add(staleCamera('yard', 'Yard'), visit.pictures);
      visit.gateway.add(lockedCamera('stairs', 'A staircase with a very long name indeed'), []);
      visit.gateway.add(connectingCamera('cellar', 'Cellar'), []);
      visit.gateway.add(idleCamera('roof', 'Roof'), visit.pictures);
      for (const path of ['/', '/cameras/stairs', '/cameras/nowhere']) {
        await visit.page.goto(visit.url + path);
        await visit.page.locator('camera-tile, dd, #unknown:not([hidden])').first().waitFor();
        expect(await lowContrastTexts(visit.page)).toEqual([]);
        for (const width of [360, 768, 1440]) {
          await visit.page.setViewportSize({ width, height: 800 });
          expect(await visit.page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
        }
      }
    },
  );

  it('gives every control and picture a name', async ({ visit }) => {
    visit.gateway.add(liveCamera('front', 'Front door'), visit.pictures);
    for (const path of ['/', '/cameras/front', '/embed/front']) {
      await visit.page.goto(visit.url + path);
      await visit.page.locator('camera-tile, camgate-player').first().waitFor();
      const nameless = await visit.page.locator('button, a[href], input').evaluateAll((controls) =>
        controls
          .filter((control) => {
            const label = control.getAttribute('aria-label') ?? control.textContent;
            const hasLabel = control instanceof HTMLInputElement && control.labels?.length === 1;
            return label.trim() === '' && !hasLabel;
          })
          .map((control) => control.outerHTML),
      );
      expect(nameless).toEqual([]);
      expect(await visit.page.locator('img:not([alt])').count()).toBe(0);
      expect(await visit.page.locator('html').getAttribute('lang')).toBe('en');
    }
  });
});
