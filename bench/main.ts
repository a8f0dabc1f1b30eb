/** `npm run bench [-- NAME …]`: prints figures, asserts nothing. */
import { keptReady } from './cost/kept-ready.ts';
import { perCamera } from './cost/per-camera.ts';
import { stills } from './cost/stills.ts';
import { firstPicture } from './pictures/first-picture.ts';
import { latency } from './pictures/latency.ts';
import { outage } from './pictures/outage.ts';
import { coldStart } from './viewers/cold-start.ts';
import { edge } from './viewers/edge.ts';
import { partDelay } from './viewers/part-delay.ts';
import { requests } from './viewers/requests.ts';
import { viewers } from './viewers/viewers.ts';

const benches = {
  requests,
  latency,
  'part-delay': partDelay,
  'first-picture': firstPicture,
  outage,
  'cold-start': coldStart,
  'kept-ready': keptReady,
  'per-camera': perCamera,
  stills,
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
