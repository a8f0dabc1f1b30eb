/** What a page has seen since it was last asked. */
export interface PageNews {
  readonly frames: readonly { readonly seenAt: number; readonly levels: readonly number[] }[];
  readonly positionSeconds: number;
  readonly complaints: readonly string[];
}

declare global {
  /** Made by every page of this folder, which puts the player's errors in. */
  var survey: {
    readonly frames: { seenAt: number; levels: number[] }[];
    readonly complaints: string[];
  };
}

/**
 * Runs in the page, so it may use nothing from outside nor name a function (tsx would have it use a helper of its own):
 * at each picture that the video shows, the mean level of each of the strip's 16 cells. Never ends.
 */
export async function watchVideo(): Promise<void> {
  const video = document.querySelector('video');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (video === null || context === null) throw new Error('no video');
  for (;;) {
    await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    const { videoWidth: width, videoHeight } = video;
    const height = 2 * Math.round(videoHeight / 24);
    canvas.width = width;
    canvas.height = height;
    context.drawImage(video, 0, 0, width, height, 0, 0, width, height);
    const row = context.getImageData(0, Math.floor(height / 2), width, 1).data;
    const levels = Array.from({ length: 16 }, (_, cell) => {
      const [left = 0, middle = 0, right = 0] = [0.35, 0.5, 0.65].map(
        (at) => row[4 * Math.floor(((cell + at) * width) / 16) + 1],
      );
      return (left + middle + right) / 3;
    });
    globalThis.survey.frames.push({ seenAt: Date.now(), levels });
  }
}

/** Runs in the page. */
export function takeNews(): PageNews {
  return {
    frames: globalThis.survey.frames.splice(0),
    complaints: globalThis.survey.complaints.splice(0),
    positionSeconds: document.querySelector('video')?.currentTime ?? 0,
  };
}
