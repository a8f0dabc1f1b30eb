import { beforeEach, describe, expect, it } from 'vitest';
import { ViewerFeed, type ViewerConnection } from '../../../src/outputs/viewer-feed.ts';

class Connection implements ViewerConnection {
  pendingBytes = 0;
  expectedCount = 0;

  expectProgress(): void {
    this.expectedCount += 1;
  }
}

let connection: Connection;
let droppedCount: number;
let feed: ViewerFeed;

beforeEach(() => {
  connection = new Connection();
  droppedCount = 0;
  feed = new ViewerFeed({
    connection,
    roomBytes: () => 100,
    onDropped: () => (droppedCount += 1),
  });
});

function offer(isKeyframe: boolean): boolean {
  return feed.admits({ isKeyframe, byteLength: 40 });
}

describe('the feed of a viewer', () => {
  it('gives every frame to a viewer that takes them', () => {
    expect([true, false, false, true].map(offer)).toEqual([true, true, true, true]);
    connection.pendingBytes = 100;
    expect(offer(false)).toBe(true);
    expect(droppedCount).toBe(0);
  });

  it('leaves out frames up to the next keyframe for a viewer that is too slow, and counts them', () => {
    connection.pendingBytes = 101;
    expect(offer(false)).toBe(false);
    connection.pendingBytes = 0;
    expect([false, false, true, false].map(offer)).toEqual([false, false, true, true]);
    expect(droppedCount).toBe(3);
  });

  it('expects a viewer to take something of what is pending, and only then', () => {
    connection.pendingBytes = 101;
    offer(true);
    offer(true);
    expect(connection.expectedCount).toBe(2);
    connection.pendingBytes = 0;
    offer(false);
    expect(connection.expectedCount).toBe(2);
  });
});
