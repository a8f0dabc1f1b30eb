import { chromium, type Browser } from 'playwright-core';

/** Chromium as a person has it, without what needs the internet; CHROMIUM_PATH names another one. */
export function launchChromium(extraArguments: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      ...['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      '--autoplay-policy=no-user-gesture-required',
      ...extraArguments,
    ],
  });
}
