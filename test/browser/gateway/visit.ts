import type { Page } from 'playwright-core';
import { liveCamera } from './canned-status.ts';
import { CannedGateway } from './canned-gateway.ts';
import { LiveStream } from './live-stream.ts';

/** One gateway with canned states and one page that looks at it. */
export class Visit implements AsyncDisposable {
  static async start(page: Page, pictures: readonly Buffer[]): Promise<Visit> {
    const gateway = new CannedGateway();
    return new Visit(gateway, await gateway.start(), { page, pictures });
  }

  readonly gateway: CannedGateway;
  readonly url: string;
  readonly page: Page;
  readonly pictures: readonly Buffer[];
  /** Errors of the page and requests that leave the gateway. */
  readonly complaints: string[] = [];
  /** What Chromium wrote of answers that are errors. */
  readonly redLines: string[] = [];

  private constructor(
    gateway: CannedGateway,
    url: string,
    { page, pictures }: { page: Page; pictures: readonly Buffer[] },
  ) {
    this.gateway = gateway;
    this.url = url;
    this.page = page;
    this.pictures = pictures;
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      // Chromium writes a line for every answer that is no success; a test may want to have these.
      const isAnswer = message.text().startsWith('Failed to load resource');
      if (message.type() !== 'error') return;
      (isAnswer ? this.redLines : this.complaints).push(message.text());
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
    await this.page.close(); // what it still asks for is not answered any more
    await this.gateway.stop();
  }
}
