/** One visit to a page: who it is, and what they ask of the REST service. */
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest, InjectOptions } from 'fastify';
import { chooseLEA, type Person, sayPurpose } from './sessions.ts';

/** What REST answered. */
export interface Answered<T> {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: T;
}

type InjectedHeaders = Readonly<Record<string, unknown>>;

/** Problem details (RFC 9457) of a refusal. */
export interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  readonly fix?: string;
  readonly code: string;
  readonly errors?: readonly { readonly pointer?: string; readonly parameter?: string; readonly message: string }[];
}

/** REST refused: shown as a page, or beside the fields of the form that asked. */
export class RefusedError extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.title);
    this.name = 'RefusedError';
    this.refusal = refusal;
  }
}

/** Programs read in a header how long to wait; people read it in the sentence. */
const IN_A_HEADER = 'the number of seconds in the Retry-After header';

function refusedWith(refusal: Refusal, headers: InjectedHeaders): RefusedError {
  const seconds = headers['retry-after'];
  const wait = seconds === undefined ? 'some seconds' : `${String(seconds)} seconds`;
  return new RefusedError({ ...refusal, ...(refusal.fix && { fix: refusal.fix.replace(IN_A_HEADER, wait) }) });
}

/** What is said of what is not there, or is somebody else's. */
export const NOT_FOUND: Refusal = {
  status: 404,
  code: 'CENR_NOT_FOUND',
  title: 'There is nothing at this address',
  fix: 'Check the address; what belongs to other LEAs is not shown.',
};

/** So often it is looked how far something is. */
const FOLLOWED_MS = 500;

/** Uploads or extracts on one page. */
export const MOST_LISTED = 50;

export type Params = Readonly<Record<string, string>>;

/** The fields of a form; of several with one name, all. */
export type Form = Readonly<Record<string, string | readonly string[] | undefined>>;

export class Visit {
  readonly app: FastifyInstance;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly person: Person;

  constructor(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, person: Person) {
    this.app = app;
    this.request = request;
    this.reply = reply;
    this.person = person;
  }

  get params(): Params {
    return this.request.params as Params;
  }

  /** A part of the address, as it stands in the address of a route. */
  part(name: string): string {
    return encodeURIComponent(this.params[name] as string);
  }

  get query(): Params {
    return this.request.query as Params;
  }

  get form(): Form {
    return (this.request.body ?? {}) as Form;
  }

  /** What data is looked at for is handed on, for the access log. */
  #withPurpose(asked: InjectOptions): InjectOptions {
    const { purpose } = this.person;
    if (purpose === undefined) return asked;
    // Headers are read as Latin-1.
    const header = Buffer.from(purpose).toString('latin1');
    return { ...asked, headers: { ...asked.headers, 'access-purpose': header } };
  }

  /**
   * Asks a route under /v1.
   * @throws RefusedError
   */
  async ask<T = unknown>(options: InjectOptions | string): Promise<Answered<T>> {
    const asked = typeof options === 'string' ? { url: options } : options;
    const { statusCode: status, headers, body } = await this.app.askAs(this.person.key, this.#withPurpose(asked));
    const isJson = String(headers['content-type'] ?? '').includes('json');
    const read: unknown = isJson && body !== '' ? JSON.parse(body) : body;
    if (status >= 400) throw refusedWith(read as Refusal, headers);
    return { status, headers: headers as IncomingHttpHeaders, body: read as T };
  }

  /**
   * Asks a route for a text, whatever it is a text of.
   * @throws RefusedError
   */
  async askText(url: string): Promise<string> {
    const { statusCode, headers, body } = await this.app.askAs(this.person.key, this.#withPurpose({ url }));
    if (statusCode >= 400) throw refusedWith(JSON.parse(body) as Refusal, headers);
    return body;
  }

  /**
   * Asks a list for the page that is asked for here (`after`).
   * @param most on one page
   * @throws RefusedError
   */
  async list<T>(path: string, most: number, which: Params = {}): Promise<T & { readonly next?: string }> {
    const { after } = this.query;
    const asked = new URLSearchParams({ limit: String(most), ...which, ...(after !== undefined && { after }) });
    return (await this.ask<T & { readonly next?: string }>(`${path}?${asked.toString()}`)).body;
  }

  /**
   * Passes a file of a route on, as it comes.
   * @param accept the media type that is asked for
   * @throws RefusedError
   */
  async passOn(url: string, accept = '*/*'): Promise<FastifyReply> {
    const { reply } = this;
    const asked = this.#withPurpose({ url, headers: { accept }, payloadAsStream: true });
    const answer = await this.app.askAs(this.person.key, asked);
    if (answer.statusCode >= 400) {
      let text = '';
      for await (const chunk of answer.stream()) text += String(chunk);
      throw refusedWith(JSON.parse(text) as Refusal, answer.headers);
    }
    for (const name of ['content-type', 'content-disposition', 'content-length', 'etag', 'repr-digest']) {
      const value = answer.headers[name];
      if (value !== undefined) reply.header(name, value);
    }
    return reply.code(answer.statusCode).send(answer.stream());
  }

  /**
   * Tells a browser how far something is, as events that a server sends, until it has ended.
   * @param look how far it is, 0 to 100
   */
  async follow(look: () => Promise<{ readonly percent: number; readonly hasEnded: boolean }>): Promise<FastifyReply> {
    const events = async function* (): AsyncGenerator<string> {
      for (;;) {
        const { percent, hasEnded } = await look();
        yield `event: ${hasEnded ? 'ended' : 'progress'}\ndata: ${percent}\n\n`;
        if (hasEnded) return;
        await setTimeout(FOLLOWED_MS);
      }
    };
    return this.reply.type('text/event-stream').send(Readable.from(events()));
  }

  /** Keeps what data is looked at for; '' for nothing. */
  async sayPurpose(purpose: string): Promise<void> {
    await sayPurpose(this.app, this.request, purpose);
  }

  /** Keeps which LEA pages are about; '' for all of them. */
  async chooseLEA(lea: string): Promise<void> {
    await chooseLEA(this.app, this.request, lea);
  }

  /** Sends the browser to another page, after a form. */
  go(address: string): FastifyReply {
    return this.reply.code(303).redirect(address, 303);
  }
}

/** The page of what stands at an address of the REST service. */
export const pageAt = (address: string): string => address.replace(/^\/v1/, '');

/** What a page gives: HTML, or an answer that was sent. */
export type Given = string | FastifyReply;

/** A page: what it shows when it is opened, and what it does when its form is sent. */
export interface Page {
  readonly path: string;
  get?(visit: Visit): Promise<Given>;
  post?(visit: Visit): Promise<Given>;
  /** Its form sends files: the body is handed over as it comes. */
  readonly takesFiles?: true;
}
