import type { Page } from 'playwright-core';

/**
 * The texts of a page whose colour is too near to what is behind them (WCAG 2.2, 1.4.3: 4.5 to 1). Texts on pictures
 * are left out: what is behind those is not known to the style sheet.
 */
export function lowContrastTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const parse = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = ([red = 0, green = 0, blue = 0]: number[]): number => {
      const linear = [red, green, blue].map((value) =>
        value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
    };
    const behind = (node: Element): number[] => {
      for (let at: Element | null = node; at !== null; at = at.parentElement) {
        const color = parse(getComputedStyle(at).backgroundColor);
        if (color.length === 3 || color[3] === 1) return color;
      }
      return [255, 255, 255];
    };
    return [...document.querySelectorAll('body *')].flatMap((node) => {
      const hasText = [...node.childNodes].some(
        (child) => child.nodeType === Node.TEXT_NODE && (child.textContent ?? '').trim() !== '',
      );
      const isOnPicture = node.closest('camgate-player, .tile-picture, .visually-hidden') !== null;
      if (!hasText || isOnPicture || !node.checkVisibility()) return [];
      const one = luminance(parse(getComputedStyle(node).color));
      const other = luminance(behind(node));
      const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      return ratio < 4.5 ? [`${ratio.toFixed(2)}: ${node.textContent}`] : [];
    });
  });
}
