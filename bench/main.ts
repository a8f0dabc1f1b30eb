/** `npm run bench [-- NAME …]`: prints figures, asserts nothing. */
import { coldStart } from './cold-start.ts';
import { edge } from './edge.ts';
import { firstPicture } from './first-picture.ts';
import { keptReady } from './kept-ready.ts';
import { latency } from './latency.ts';
import { outage } from './outage.ts';
import { perCamera } from './per-camera.ts';
import { requests } from './requests.ts';
import { viewers } from './viewers.ts';

const benches = {
  requests,
  latency,
  'first-picture': firstPicture,
  outage,
  'cold-start': coldStart,
  'kept-ready': keptReady,
  'per-camera': perCamera,
  viewers,
  edge,
} as const;

const names = Object.keys(benches) as (keyof typeof benches)[];
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(names as string[]).includes(name));

if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${names.join(', ')}.`);
  process.exitCode = 1;
} else {
  for (const name of names) {
    if (asked.length === 0 || asked.includes(name)) await benches[name]();
  }
}
