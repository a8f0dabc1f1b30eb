/** What a player tells while it plays; one per player and run. */
export interface Observer {
  /** The player is about to be told to play: its start is counted from here. */
  asked(): void;
  /**
   * A picture was shown or, by a program without a clock, decoded. `frame`: number read from its strip. `atMs`: since
   * the epoch, now by default.
   */
  sawFrame(frame: number | undefined, atMs?: number): void;
  /** The player's own clock, in seconds from anywhere. */
  sawPosition(seconds: number): void;
  /** What the player itself calls an error. */
  complained(text: string): void;
  /** The player has given up or left. */
  ended(text: string): void;
  /** Anything worth keeping for whoever asks why. */
  log(text: string): void;
}

export interface Player {
  readonly name: string;
  /** Rejects when the player is not on this machine. */
  version(): Promise<string>;
  /** Resolves once the player was told to play; disposing ends it. */
  open(url: URL, observer: Observer): Promise<AsyncDisposable>;
}
