/**
 * Runs in the page, so it may use nothing from outside. Milliseconds from the request of the playlist (of the image,
 * where one is given) to the first picture that is there to be painted, looked for once per display frame.
 */
export async function watchFirstPicture(options: {
  /** Address of an image to show; undefined looks at the page's own player. */
  readonly image: string | undefined;
  readonly timeoutMs: number;
}): Promise<number> {
  const endMs = performance.now() + options.timeoutMs;
  let image: HTMLImageElement | undefined;
  let startMs: number | undefined;
  if (options.image !== undefined) {
    image = document.createElement('img');
    startMs = performance.now();
    image.src = options.image;
    document.documentElement.append(image);
  }
  while (performance.now() < endMs) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const video = document.querySelector('video');
    startMs ??= performance
      .getEntriesByType('resource')
      .find(({ name }) => name.endsWith('index.m3u8'))?.startTime;
    const isShown =
      image === undefined
        ? (video?.getVideoPlaybackQuality().totalVideoFrames ?? 0) > 0
        : image.naturalWidth > 0;
    if (isShown && startMs !== undefined) return performance.now() - startMs;
  }
  throw new Error('no picture');
}
