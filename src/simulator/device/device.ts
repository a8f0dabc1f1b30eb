import { Lockout, SessionTable, SnapshotEncoder, TicketBox } from './device-state.ts';
import { DeviceStream } from '../streams/device-stream.ts';
import { DigestAuthority } from './digest.ts';
import { Faults, type FaultActions } from '../faults.ts';
import { Journal } from '../journal.ts';
import type { Settings } from '../settings.ts';
import type { SharedMedia } from '../streams/shared-media.ts';
import type { StreamPlayer } from '../streams/stream-player.ts';
import { ViewerSlots } from './viewer-slots.ts';

/** One line of get_log.cgi. */
export interface LoginRecord {
  readonly at: number;
  readonly user: string;
  readonly address: string;
}

/** get_log.cgi shows few entries. */
const loginLimit = 50;

/** Everything that a simulated camera is and remembers; the endpoints read and change it. */
export class Device {
  readonly settings: Settings;
  readonly media: SharedMedia;
  readonly journal = new Journal();
  readonly faults: Faults;
  readonly sessions: SessionTable;
  readonly tickets: TicketBox;
  readonly lockout: Lockout;
  readonly snapshots: SnapshotEncoder;
  readonly digest: DigestAuthority;
  readonly slots: ViewerSlots;
  readonly players = new Set<StreamPlayer>();
  readonly #streams = new Map<number, Promise<DeviceStream>>();
  readonly #logins: LoginRecord[] = [];
  /** What a snapshot's `resolution` parameter has left behind (f99), a code of the resolution table. */
  storedResolution: number | undefined;

  constructor(settings: Settings, media: SharedMedia, actions: Pick<FaultActions, 'reboot'>) {
    this.settings = settings;
    this.media = media;
    const now = (): number => settings.clock.monotonicMs();
    this.sessions = new SessionTable(now);
    this.tickets = new TicketBox(now);
    this.lockout = new Lockout(now);
    this.snapshots = new SnapshotEncoder(now);
    const { algorithm, charset, challenge } = settings.login;
    const { realm } = settings.profile;
    const isRealmQuoted = challenge !== 'unquoted';
    this.digest = new DigestAuthority({ realm, algorithm, charset, isRealmQuoted }, now);
    this.slots = new ViewerSlots(settings.viewerLimit);
    this.faults = new Faults({
      reboot: (ms) => actions.reboot(ms),
      strike: (fault) => this.players.forEach((player) => player.strike(fault)),
      loseSessions: () => this.sessions.clear(),
      changeResolution: async (size) => {
        const streams = await Promise.all(this.#streams.values());
        await Promise.all(streams.map((stream) => stream.resize(size)));
      },
    });
  }

  /**
   * A stream by its 1-based number, encoded when first asked for; undefined when the device has none of that number.
   */
  stream(number: number): Promise<DeviceStream> | undefined {
    const spec = this.settings.streams[number - 1];
    if (!spec) return undefined;
    let stream = this.#streams.get(number);
    if (!stream) {
      stream = this.#loadStream(number);
      this.#streams.set(number, stream);
      stream.catch(() => this.#streams.delete(number));
    }
    return stream;
  }

  get logins(): readonly LoginRecord[] {
    return this.#logins;
  }

  recordLogin(login: LoginRecord): void {
    this.#logins.unshift(login);
    this.#logins.length = Math.min(this.#logins.length, loginLimit);
  }

  /** What a power cycle loses. */
  forgetEverything(): void {
    this.sessions.clear();
    this.tickets.clear();
    this.lockout.clear();
    this.snapshots.clear();
    this.slots.forgetDead();
  }

  async #loadStream(number: number): Promise<DeviceStream> {
    const spec = this.settings.streams[number - 1];
    if (!spec) throw new RangeError(`there is no stream ${number}`);
    const stream = await DeviceStream.load(this.media.library, spec, this.settings.jitterMs);
    const size = this.faults.active('resolution');
    if (size) await stream.resize(size);
    return stream;
  }
}
