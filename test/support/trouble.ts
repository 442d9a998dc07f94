/** What tests of a service in trouble need: to ask it, and to wait for what it comes to. */
import { setTimeout } from 'node:timers/promises';

export interface Told {
  readonly status: number;
  /** Of the header Retry-After. */
  readonly wait: string | null;
  readonly location: string | null;
  readonly text: string;
}

export interface Question {
  readonly body?: string | object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks a service that listens at an address, with a key. */
export const askerOf =
  (address: string, key: string) =>
  async (path: string, { body, headers }: Question = {}): Promise<Told> => {
    const isText = typeof body === 'string';
    const answer = await fetch(`${address}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        // A connection that is kept may be closed by the other side just when it is used again.
        connection: 'close',
        // Whoever asks whether the service lives has no key.
        ...(path.startsWith('/v1') && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': isText ? 'text/plain' : 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
    });
    const { headers: given, status } = answer;
    return { status, wait: given.get('retry-after'), location: given.get('location'), text: await answer.text() };
  };

const BETWEEN_LOOKS_MS = 50;

/**
 * Waits until something holds. The test has the time that it has.
 * @param meanwhile done each time it does not hold yet
 */
export async function until(holds: () => Promise<boolean>, meanwhile?: () => Promise<unknown>): Promise<void> {
  while (!(await holds())) {
    await meanwhile?.();
    await setTimeout(BETWEEN_LOOKS_MS);
  }
}
