import type { Response } from 'express';
import { notFound } from '../answers.ts';
import { CodingChoice, minCodedBytes, type CodedText, type Coding } from './content-coding.ts';
import type { PageText } from './page-text.ts';
import { StaticFiles } from './static-files.ts';

export interface FileAnswer {
  /** Absolute. */
  readonly path: string;
  readonly cacheControl: string;
  /** Of a page. */
  readonly page?: PageText;
}

/** Bodies of the app, in the coding that the viewer asks for. */
export class BodySender {
  readonly #choice = new CodingChoice();
  readonly #files = new StaticFiles();

  async sendText(response: Response, contentType: string, text: CodedText): Promise<void> {
    response.vary('Accept-Encoding').set('Content-Type', contentType);
    const coding = this.#codingFor(response, text.bytes);
    if (coding !== 'identity') response.set('Content-Encoding', coding);
    response.send(await text.as(coding));
  }

  /** Validators decide between 200 and 304. Rejects with not-found. */
  async sendFile(response: Response, { path, cacheControl, page }: FileAnswer): Promise<void> {
    const file = await this.#files.find(path, page);
    if (file === undefined) throw notFound();
    response.set({
      'Cache-Control': cacheControl,
      'Last-Modified': new Date(file.modifiedMs).toUTCString(),
    });
    response.type(file.extension);
    let coding: Coding = 'identity';
    if (file.isText) {
      response.vary('Accept-Encoding');
      coding = this.#codingFor(response, file.bytes);
    }
    response.set('ETag', file.etag(coding));
    if (coding !== 'identity') response.set('Content-Encoding', coding);
    response.send(await file.body(coding));
  }

  #codingFor(response: Response, body: Buffer): Coding {
    if (body.length < minCodedBytes) return 'identity';
    return this.#choice.choose(response.req.headers['accept-encoding']);
  }
}
