import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { GatewayRig } from './rig.ts';

/** What a viewer sees who loads everything that a playlist lists, all the time. */
export interface PlaylistWatch {
  /** Answers that were not what was promised, as text. */
  readonly broken: readonly string[];
  /** Answers to blocking reloads and to hints that were held in vain. */
  readonly heldInVain: number;
  /** When each init segment was first listed, ms of performance.now(). */
  readonly listedAtMs: ReadonlyMap<string, number>;
  /** The hints that were given, in order. */
  readonly hints: readonly string[];
  readonly text: string;
  stop(): Promise<void>;
}

/** Path of the media playlist that a new viewer gets. */
export async function mediaPlaylistPath(rig: GatewayRig, id = 'cam0'): Promise<string> {
  const answer = await rig.get(`/cameras/${id}/index.m3u8`);
  const text = await answer.text();
  const uri = text.split('\n').find((line) => line.endsWith('.m3u8'));
  if (uri === undefined) throw new Error(`${answer.status}: ${text}`);
  return `/cameras/${id}/${uri}`;
}

/** Of the media playlist that a new viewer gets, in seconds. */
export async function partTarget(rig: GatewayRig, id = 'cam0'): Promise<number> {
  const text = await (await rig.get(await mediaPlaylistPath(rig, id))).text();
  return Number(/PART-TARGET=([\d.]+)/.exec(text)?.[1]);
}

/** Polls the playlist, everything it lists, its hint and the blocking reload behind it until it is stopped. */
export function watchPlaylist(rig: GatewayRig, path: string): PlaylistWatch {
  const end = new AbortController();
  setMaxListeners(0, end.signal);
  const broken: string[] = [];
  const listedAtMs = new Map<string, number>();
  const hints: string[] = [];
  const seen = { text: '', heldInVain: 0 };
  const ask = async (target: string, allowed: readonly number[]): Promise<Response | undefined> => {
    try {
      const answer = await rig.get(target, { signal: end.signal });
      if (!allowed.includes(answer.status)) broken.push(`${target}: ${answer.status}`);
      if (answer.status === 503) {
        seen.heldInVain += 1;
        const { code } = (await answer.json()) as { code: string };
        if (code !== 'playlist-timeout') broken.push(`${target}: ${code}`);
      }
      return answer;
    } catch (error) {
      if (!end.signal.aborted) broken.push(`${target}: ${String(error)}`);
      return undefined;
    }
  };
  const textOf = async (target: string): Promise<string> => {
    const answer = await ask(target, [200]);
    try {
      return (await answer?.text()) ?? '';
    } catch (error) {
      // The end may come between the head of an answer and its body.
      if (!end.signal.aborted) broken.push(`${target}: ${String(error)}`);
      return '';
    }
  };
  const under = (uri: string): string => new URL(uri, rig.url(path)).pathname;
  const listed = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const text = await textOf(path);
      if (text !== '') seen.text = text;
      for (const map of text.match(/init-\d+\.mp4/g) ?? []) {
        if (!listedAtMs.has(map)) listedAtMs.set(map, performance.now());
      }
      const uris = text.match(/(?<=URI=")[^"]+|^\d+\.m4s$/gm) ?? [];
      const hint = /PRELOAD-HINT.*URI="([^"]+)"/.exec(text)?.[1];
      await Promise.all(uris.filter((uri) => uri !== hint).map((uri) => ask(under(uri), [200])));
      await wait(150);
    }
  };
  const hinted = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const hint = /PRELOAD-HINT.*URI="([^"]+)"/.exec(seen.text)?.[1];
      if (hint !== undefined && hints.at(-1) !== hint) hints.push(hint);
      if (hint !== undefined) await ask(under(hint), [200, 503]);
      await wait(20);
    }
  };
  const blocking = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const first = Number(/MEDIA-SEQUENCE:(\d+)/.exec(seen.text)?.[1] ?? 0);
      const open = first + (seen.text.match(/#EXTINF/g)?.length ?? 0);
      if (seen.text !== '') await ask(`${path}?_HLS_msn=${open}`, [200, 503]);
      await wait(20);
    }
  };
  const running = Promise.all([listed(), hinted(), blocking()]);
  return {
    broken,
    listedAtMs,
    hints,
    get heldInVain() {
      return seen.heldInVain;
    },
    get text() {
      return seen.text;
    },
    stop: async () => {
      end.abort();
      await running;
    },
  };
}
