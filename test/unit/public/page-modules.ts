import type { CameraStatus } from '../../../src/outputs/viewable-camera.ts';

/** What the tests use of the pages' modules, which are plain JavaScript that the pages' own compiler run checks. */

export type Action =
  | 'none'
  | 'jump'
  | 'reload'
  | 'rebuild'
  | 'restart-load'
  | 'recover-media'
  | 'fall-back'
  | 'ask-again';

export interface Memory {
  readonly step: number;
  readonly failures: number;
}

export interface TickFacts {
  readonly nowMs: number;
  readonly positionSeconds: number;
  readonly isWatched: boolean;
  readonly isCameraAway: boolean;
  readonly hasStarted: boolean;
  readonly latencySeconds: number | null;
  readonly targetLatencySeconds: number | null;
}

export interface RecoveryModule {
  freshMemory: (nowMs: number) => Memory;
  onTick: (facts: TickFacts, memory: Memory) => { action: Action; memory: Memory };
  onFailure: (
    failure: { kind: string; nowMs: number; random: number },
    memory: Memory,
  ) => { action: Action; delayMs: number; memory: Memory };
}

export interface Cushion {
  readonly seconds: number;
  readonly changedAtMs: number;
}

export interface PacingModule {
  afterStall: (cushion: Cushion, nowMs: number) => Cushion;
  afterCalm: (cushion: Cushion, nowMs: number) => Cushion;
  playbackRate: (facts: {
    latencySeconds: number | null;
    targetLatencySeconds: number | null;
    bufferedSeconds: number;
    rate: number;
    fillingForMs: number | null;
  }) => number;
}

export interface Reading {
  readonly status: CameraStatus;
  readonly readAtMs: number;
}

export interface WordsModule {
  describePlayer: (facts: {
    phase: string;
    hasPlayed: boolean;
    latencySeconds: number | null;
    isShifted: boolean;
    reading: Reading | null;
    api: string;
    isOnline: boolean;
    nowMs: number;
  }) => { state: string; words: string };
}

export interface CameraStatusModule {
  stateWords: (reading: Reading, nowMs: number) => string;
}

export interface CameraDetailsModule {
  cameraDetails: (
    reading: { status: CameraStatus; readAtMs: number },
    nowMs: number,
    ownViews: InstanceType<OwnViewsModule['OwnViews']>,
  ) => [name: string, value: string][];
}

export interface PlayerDetailsModule {
  playerDetails: (report: {
    stats: {
      engine: string;
      latencySeconds: number | null;
      targetLatencySeconds: number | null;
    } | null;
    state: string;
    lastFrameAgeMs: number | null;
    wallMs: number;
  }) => [name: string, value: string][];
}

export interface DurationModule {
  formatDuration: (seconds: number) => string;
}

export interface ArrowKeysModule {
  tileInDirection: (
    key: string,
    places: readonly { left: number; top: number }[],
    from: number,
  ) => number | undefined;
}

export interface RequestSlotsModule {
  RequestSlots: new (limits: { total: number; cold: number }) => {
    run(lane: 'warm' | 'cold', signal: AbortSignal, job: () => Promise<void>): Promise<void>;
  };
}

export interface AddressesModule {
  camerasPath: string;
  stillPath: (id: string, width?: number) => string;
  snapshotWidthFor: (placePixels: number, ownPixels: number | undefined) => number | undefined;
  cameraIdOf: (pathname: string) => string;
}

export interface OwnViewsModule {
  OwnViews: new () => {
    note(protocol: string, nowMs: number): void;
    othersIn(reading: Reading): Record<string, number>;
  };
}

export interface PlayerSeatsModule {
  PlayerSeats: new (limit: () => number) => {
    ask(sit: () => void): void;
    leave(sit: () => void): void;
    isWaiting(sit: () => void): boolean;
  };
}

export interface EngineModule {
  usableEngines: (abilities: { hasMediaSource: boolean; hasNativeHls: boolean }) => string[];
}

/** Loads a module of `public/`; the caller says what it is. */
export async function pageModule(path: string): Promise<unknown> {
  return import(new URL(`../../../public/${path}`, import.meta.url).href);
}
