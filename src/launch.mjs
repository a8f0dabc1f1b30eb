#!/usr/bin/env node
// `camgate` and `npm start`. In a checkout it brings packages and build up to date first; an installed package ships
// its build. Only syntax that old Node versions parse, so that they get a sentence instead of a SyntaxError.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `camgate needs Node 20.19 or newer; this is ${process.version}. See https://nodejs.org/.`,
  );
  process.exitCode = 1;
} else {
  await launch();
}

async function launch() {
  const isBuildOnly = process.argv[2] === '--build-only';
  if (existsSync(new URL('main.ts', import.meta.url))) {
    const { prepareCheckout } = await import('./setup.mjs');
    const { SetupError } = await import('./setup-error.mjs');
    try {
      await prepareCheckout(new URL('..', import.meta.url));
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      console.error(`camgate: ${error.message}`);
      process.exitCode = 1;
      return;
    }
  }
  if (isBuildOnly) return;
  if (existsSync(new URL('../dist/main.js', import.meta.url))) {
    await import('../dist/main.js');
  } else {
    console.error('camgate: this package has no build in it (dist); install it again.');
    process.exitCode = 1;
  }
}
