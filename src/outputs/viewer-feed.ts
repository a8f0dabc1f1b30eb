/** What is known of the connection of one viewer. */
export interface ViewerConnection {
  /** Bytes that the viewer has not taken yet. */
  readonly pendingBytes: number;
  /** Closes the connection unless something of what is pending is taken in time. */
  expectProgress(): void;
}

/** A frame as it is offered to a viewer. */
export interface OfferedFrame {
  /** A viewer that has lost frames can go on here. */
  readonly isKeyframe: boolean;
  readonly byteLength: number;
}

export interface ViewerFeedOptions {
  readonly connection: ViewerConnection;
  /** So many bytes may be pending before this frame, at least those of one frame. */
  readonly roomBytes: (frame: OfferedFrame) => number;
  /** A frame was left out. */
  readonly onDropped: () => void;
}

/**
 * Decides for one viewer which frames it gets: all while it takes them; one that reads too slowly loses frames up to
 * the next keyframe, each counted, and one that takes nothing at all is closed. What waits for it is bounded, and
 * nobody waits for it.
 */
export class ViewerFeed {
  readonly #options: ViewerFeedOptions;
  #isSkipping = false;

  constructor(options: ViewerFeedOptions) {
    this.#options = options;
  }

  /** Whether the frame is to be written now. */
  admits(frame: OfferedFrame): boolean {
    const { connection, roomBytes, onDropped } = this.#options;
    const isFull = connection.pendingBytes > roomBytes(frame);
    this.#isSkipping = isFull || (this.#isSkipping && !frame.isKeyframe);
    if (!this.#isSkipping) return true;
    onDropped();
    if (isFull) connection.expectProgress();
    return false;
  }
}
