import { accessSync, constants } from 'node:fs';
import path from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** The browser for tests: CHROMIUM_PATH, or a Chromium in the usual places; undefined when there is none. */
export function findChromium(env) {
  const folders = ['/usr/bin', ...(env.PATH ?? '').split(path.delimiter)];
  const found = names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return [env.CHROMIUM_PATH, ...found].find(
    (file) => file && path.isAbsolute(file) && canRun(file),
  );
}

function canRun(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
