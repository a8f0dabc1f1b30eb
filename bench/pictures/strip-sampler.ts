/** One look at the picture: the mean level of each cell of the strip. */
export interface Sample {
  /** ms since the epoch, of the browser's clock, which is this machine's. */
  readonly seenAt: number;
  readonly levels: readonly number[];
}

export interface SamplerOptions {
  /** Address of an image to show; undefined looks at the page's own video. */
  readonly source: string | undefined;
  readonly settleMs: number;
  readonly measureMs: number;
}

/**
 * Runs in the page, so it may use nothing from outside. Looks once per display frame, which makes every latency up to
 * 17 ms longer, baseline included.
 */
export async function sampleStrip(options: SamplerOptions): Promise<Sample[]> {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('no canvas');
  let image: HTMLImageElement | undefined;
  if (options.source !== undefined) {
    image = document.createElement('img');
    image.src = options.source;
    document.body.append(image);
  }
  const samples: Sample[] = [];
  const startMs = performance.now();
  while (performance.now() < startMs + options.settleMs + options.measureMs) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    if (performance.now() < startMs + options.settleMs) continue;
    const picture = image ?? document.querySelector('video');
    const width =
      picture instanceof HTMLVideoElement ? picture.videoWidth : (picture?.naturalWidth ?? 0);
    const height =
      picture instanceof HTMLVideoElement ? picture.videoHeight : (picture?.naturalHeight ?? 0);
    if (picture === null || width === 0) continue;
    const stripHeight = 2 * Math.round(height / 24);
    canvas.width = width;
    canvas.height = stripHeight;
    context.drawImage(picture, 0, 0, width, stripHeight, 0, 0, width, stripHeight);
    const row = context.getImageData(0, Math.floor(stripHeight / 2), width, 1).data;
    const levels: number[] = [];
    for (let cell = 0; cell < 16; cell++) {
      let sum = 0;
      for (const at of [0.35, 0.5, 0.65]) {
        sum += row[4 * Math.floor(((cell + at) * width) / 16) + 1] ?? 0;
      }
      levels.push(sum / 3);
    }
    samples.push({ seenAt: Date.now(), levels });
  }
  return samples;
}
