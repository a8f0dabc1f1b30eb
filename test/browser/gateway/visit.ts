import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { liveCamera } from './canned-status.ts';
import { CannedGateway } from './canned-gateway.ts';
import { LiveStream } from './live-stream.ts';
import { drawPictures } from './pictures.ts';

/** A busy machine may take this long for anything, in milliseconds. */
export const patience = { timeout: 20_000 };

export const playing = 'camgate-player[data-state="playing"]';

/** One gateway with canned states and one page that looks at it. */
export class Visit implements AsyncDisposable {
  static async start(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
    const gateway = new CannedGateway();
    const url = await gateway.start();
    const context = await browser.newContext(options);
    return new Visit(gateway, url, { context, page: await context.newPage() });
  }

  readonly gateway: CannedGateway;
  readonly url: string;
  readonly page: Page;
  readonly pictures = drawPictures('640x360', 12);
  /** Errors of the page and requests that leave the gateway. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;

  private constructor(
    gateway: CannedGateway,
    url: string,
    { context, page }: { context: BrowserContext; page: Page },
  ) {
    this.gateway = gateway;
    this.url = url;
    this.page = page;
    this.#context = context;
    page.setDefaultTimeout(patience.timeout);
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      // Chromium writes a line for every answer that is no success; a camera that is offline is meant to give these.
      const isAnswer = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isAnswer) this.complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('blob:')) {
        this.complaints.push(`asked elsewhere: ${request.url()}`);
      }
    });
  }

  /** A camera with a real stream. */
  addLive(id: string, name: string): LiveStream {
    const stream = new LiveStream();
    stream.start();
    this.gateway.add(liveCamera(id, name), this.pictures, stream);
    return stream;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    await this.gateway.stop();
  }
}
