import { CamgateError } from '../lib/errors.ts';
import { nearest } from '../lib/nearest.ts';
import { requirePictureSize } from './device/resolutions.ts';

/** Faults of a running stream; each can be on for all streams or meant for the next one only. */
export type StreamFault =
  /** Nothing is sent any more, the connection stays open. */
  | { readonly kind: 'stall' }
  /** The connection is reset in the middle of a packet; once. */
  | { readonly kind: 'reset' }
  /** Half a packet, then a proper close; once. */
  | { readonly kind: 'half-packet' }
  /** Noise between the packets. */
  | { readonly kind: 'garbage'; readonly bytes: number }
  | { readonly kind: 'frozen-stamps' }
  /** Stamps go back by this much, once when it is switched on. */
  | { readonly kind: 'jumping-stamps'; readonly ms: number }
  /** Stamps go ahead by this much, once when it is switched on. */
  | { readonly kind: 'leaping-stamps'; readonly ms: number }
  /** The clock of the stamps runs at this rate, in percent of the true one; the frames come as before. */
  | { readonly kind: 'clock-rate'; readonly percent: number }
  /** Stamps run over the end of their 32 bits 3 s after it is switched on (or the stream opened). */
  | { readonly kind: 'wrapping-stamps' }
  | { readonly kind: 'no-keyframes' }
  /** The audio track is declared, its packets are not sent. */
  | { readonly kind: 'silent-audio' };

/** Faults of the whole device. */
export type DeviceFault =
  /** Video changes its size in running streams (new SPS, new JPEG size) and in new ones. */
  | { readonly kind: 'resolution'; readonly width: number; readonly height: number }
  /** Connections are cut and refused for this time; sessions, tickets and locks are lost. Ends by itself. */
  | { readonly kind: 'reboot'; readonly ms: number }
  /** All sessions are ended by the device; once. */
  | { readonly kind: 'sessions-lost' }
  /** Every request is answered 401, whatever it carries. */
  | { readonly kind: 'unauthorized' }
  /** Media addresses answer 200 with this text to logins of before, until somebody comes without one. */
  | { readonly kind: 'login-lost'; readonly text: string }
  /** Response heads come a byte at a time, with this pause between. */
  | { readonly kind: 'slow-headers'; readonly ms: number }
  /** Connections are accepted and never answered. */
  | { readonly kind: 'mute' }
  | { readonly kind: 'content-type'; readonly text: string }
  /** Media addresses answer 200 with this text. */
  | { readonly kind: 'error-text'; readonly text: string }
  /** request_av: -1, streams refused. */
  | { readonly kind: 'schedule-closed' }
  /** request_av: -2, streams refused. */
  | { readonly kind: 'viewers-full' }
  /** A viewer's place is free again only this long after its connection broke. */
  | { readonly kind: 'slow-slot-release'; readonly ms: number }
  /** Tickets are handed out but already spent. */
  | { readonly kind: 'spent-ticket' };

export type Fault = StreamFault | DeviceFault;
export type FaultKind = Fault['kind'];

/** `next`: only the next stream that opens, after this many frames of it. */
export type FaultScope =
  { readonly kind: 'all' } | { readonly kind: 'next'; readonly afterFrames: number };

const streamFaultKinds: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'stall',
  'reset',
  'half-packet',
  'garbage',
  'frozen-stamps',
  'jumping-stamps',
  'leaping-stamps',
  'clock-rate',
  'wrapping-stamps',
  'no-keyframes',
  'silent-audio',
]);

/** What each fault is when only its name is given. */
export const defaultFaults: Readonly<Record<FaultKind, Fault>> = {
  stall: { kind: 'stall' },
  reset: { kind: 'reset' },
  'half-packet': { kind: 'half-packet' },
  garbage: { kind: 'garbage', bytes: 500 },
  'frozen-stamps': { kind: 'frozen-stamps' },
  'jumping-stamps': { kind: 'jumping-stamps', ms: 10_000 },
  'leaping-stamps': { kind: 'leaping-stamps', ms: 3_600_000 },
  'clock-rate': { kind: 'clock-rate', percent: 105 },
  'wrapping-stamps': { kind: 'wrapping-stamps' },
  'no-keyframes': { kind: 'no-keyframes' },
  'silent-audio': { kind: 'silent-audio' },
  resolution: { kind: 'resolution', width: 320, height: 240 },
  reboot: { kind: 'reboot', ms: 20_000 },
  'sessions-lost': { kind: 'sessions-lost' },
  unauthorized: { kind: 'unauthorized' },
  'login-lost': { kind: 'login-lost', text: '{"code":1,"msg":"please login first"}' },
  'slow-headers': { kind: 'slow-headers', ms: 100 },
  mute: { kind: 'mute' },
  'content-type': { kind: 'content-type', text: 'application/octet-stream' },
  'error-text': { kind: 'error-text', text: 'Snapshot Failed.' },
  'schedule-closed': { kind: 'schedule-closed' },
  'viewers-full': { kind: 'viewers-full' },
  'slow-slot-release': { kind: 'slow-slot-release', ms: 10_000 },
  'spent-ticket': { kind: 'spent-ticket' },
};

export function isStreamFault(fault: Fault): fault is StreamFault {
  return streamFaultKinds.has(fault.kind);
}

/** A fault by its name, with those parameters that it has (`bytes`, `ms`, `percent`, `width`, `height`, `text`). */
export function parseFault(name: string, parameters: ReadonlyMap<string, string>): Fault {
  const fallback = Object.hasOwn(defaultFaults, name)
    ? defaultFaults[name as FaultKind]
    : undefined;
  if (!fallback) {
    const meant = nearest(name, Object.keys(defaultFaults));
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
    throw new CamgateError('usage', `There is no fault "${name}"${hint}`);
  }
  const given = Object.entries(fallback).map(([key, value]: [string, string | number]) => {
    const text = key === 'kind' ? undefined : parameters.get(key);
    if (text === undefined) return [key, value] as const;
    if (typeof value === 'string') return [key, text] as const;
    if (!/^\d{1,9}$/.test(text))
      throw new CamgateError('usage', `"${key}" must be a whole number, not "${text}".`);
    return [key, Number(text)] as const;
  });
  const fault = Object.fromEntries(given) as unknown as Fault;
  if (fault.kind === 'resolution') requirePictureSize(fault);
  return fault;
}

/**
 * What the simulator does when a fault is switched on; state that the faults themselves hold is not enough for these.
 */
export interface FaultActions {
  strike(fault: StreamFault): void;
  reboot(ms: number): Promise<void>;
  loseSessions(): void;
  changeResolution(size: { width: number; height: number } | undefined): Promise<void>;
}

/** Faults that can be switched while the camera runs. */
export class Faults {
  readonly #actions: FaultActions;
  readonly #active = new Map<FaultKind, Fault>();
  #forNext: { fault: StreamFault; afterFrames: number }[] = [];

  constructor(actions: FaultActions) {
    this.#actions = actions;
  }

  /** Resolves when the fault is in effect (a new resolution may have to be encoded first; a reboot has begun). */
  async switchOn(fault: Fault, scope: FaultScope = { kind: 'all' }): Promise<void> {
    if (isStreamFault(fault)) {
      if (scope.kind === 'next') this.#forNext.push({ fault, afterFrames: scope.afterFrames });
      else if (isStrike(fault)) this.#actions.strike(fault);
      else this.#active.set(fault.kind, fault);
      return;
    }
    if (scope.kind === 'next') {
      throw new CamgateError(
        'usage',
        `"${fault.kind}" is a fault of the whole camera, not of a stream.`,
      );
    }
    switch (fault.kind) {
      case 'reboot':
        return this.#actions.reboot(fault.ms);
      case 'sessions-lost':
        this.#actions.loseSessions();
        return;
      case 'resolution':
        await this.#actions.changeResolution(fault);
        break;
      default:
    }
    this.#active.set(fault.kind, fault);
  }

  async switchOff(kind: FaultKind): Promise<void> {
    this.#forNext = this.#forNext.filter(({ fault }) => fault.kind !== kind);
    if (this.#active.delete(kind) && kind === 'resolution')
      await this.#actions.changeResolution(undefined);
  }

  async clear(): Promise<void> {
    for (const kind of [...this.#active.keys()]) await this.switchOff(kind);
    this.#forNext = [];
  }

  /** The fault when it is on for all. */
  active<Kind extends FaultKind>(kind: Kind): Extract<Fault, { kind: Kind }> | undefined {
    return this.#active.get(kind) as Extract<Fault, { kind: Kind }> | undefined;
  }

  get list(): readonly Fault[] {
    return [...this.#active.values()];
  }

  get listForNext(): readonly StreamFault[] {
    return this.#forNext.map(({ fault }) => fault);
  }

  /** Called by a stream that opens: the faults that were meant for it. */
  takeForNext(): readonly { readonly fault: StreamFault; readonly afterFrames: number }[] {
    const taken = this.#forNext;
    this.#forNext = [];
    return taken;
  }
}

/** Faults that happen once to the streams that run, and are over. */
export function isStrike(fault: StreamFault): boolean {
  return fault.kind === 'reset' || fault.kind === 'half-packet';
}
