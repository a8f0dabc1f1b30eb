/**
 * `tsx test/players/main.ts [PLAYER …]`: real players on a real gateway with simulated cameras. Prints a table and
 * asserts nothing; docs/players.md says what the players need.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { addresses, cameraKinds, type Address, type CameraKind } from './camera-kinds.ts';
import type { Player } from './player.ts';
import { allPlayers } from './players.ts';
import { run } from './run.ts';
import { renderTable, type Row } from './table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kind: { type: 'string', multiple: true, default: Object.keys(cameraKinds) },
    address: { type: 'string', multiple: true, default: ['live'] },
    seconds: { type: 'string', default: '60' },
    cold: { type: 'boolean', default: false },
    'no-outage': { type: 'boolean', default: false },
    /** Players at the same time. */
    together: { type: 'string', default: '2' },
    /** Where `npm install --prefix FOLDER shaka-player video.js` was done. */
    packages: { type: 'string', default: '.' },
    /** Folder for the players' logs. */
    logs: { type: 'string' },
  },
});

async function versions(players: readonly Player[]): Promise<Map<Player, string>> {
  const known = new Map<Player, string>();
  for (const player of players) {
    try {
      known.set(player, await player.version());
    } catch (error) {
      console.error(`${player.name} is not here: ${String(error).split('\n')[0] ?? ''}`);
    }
  }
  return known;
}

function chosen<Name extends string>(names: readonly string[], all: Record<Name, unknown>): Name[] {
  const isKnown = (name: string): name is Name => Object.hasOwn(all, name);
  const unknown = names.find((name) => !isKnown(name));
  if (unknown !== undefined) {
    throw new Error(`There is no ${unknown}; there are ${Object.keys(all).join(', ')}.`);
  }
  return names.filter(isKnown);
}

const all = allPlayers(values.packages);
const byName = Object.fromEntries(all.map((player) => [player.name, player]));
const names = positionals.length === 0 ? Object.keys(byName) : positionals;
const found = await versions(chosen(names, byName).flatMap((name) => byName[name] ?? []));
const rows: Row[] = [];
for (const address of chosen<Address>(values.address, addresses)) {
  for (const kind of chosen<CameraKind>(values.kind, cameraKinds)) {
    const waiting = [...found.keys()];
    while (waiting.length > 0) {
      const players = waiting.splice(0, Number(values.together));
      const playMs = Number(values.seconds) * 1000;
      const hasOutage = !values['no-outage'];
      const runs = await run(players, { kind, address, playMs, isWarm: !values.cold, hasOutage });
      for (const [index, { player, verdict, logLines }] of runs.entries()) {
        const one = players[index];
        const version = (one && found.get(one)) ?? '';
        rows.push({ player, version, kind, address, verdict });
        if (values.logs !== undefined) {
          await mkdir(values.logs, { recursive: true });
          const text = [...logLines, JSON.stringify(verdict)].join('\n');
          await writeFile(join(values.logs, `${player}.${kind}.${address}.log`), `${text}\n`);
        }
      }
      console.log(renderTable(rows.slice(-runs.length)));
    }
  }
}
console.log(`\n${renderTable(rows)}`);
