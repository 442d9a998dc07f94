/** A way to a server that is cut when a test says so: every connection on it ends at once. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface CutWay {
  /** The same address, on this way. */
  over(address: string): string;
  /** Ends all connections now: as a broken one, or as one that the other side closed. */
  cut(isBroken?: boolean): void;
  /**
   * Is shown every piece that goes by, and says whether the connections are cut before it arrives; none when undefined.
   * @param isAsked whether it goes to the server
   */
  watch: ((piece: Buffer, isAsked: boolean) => boolean) | undefined;
}

interface Owner {
  teardown(done: () => Promise<void> | void): void;
}

/** Opens a way to the server of an address, until the test ends. */
export async function cutWay(t: Owner, address: string): Promise<CutWay> {
  const { hostname, port } = new URL(address);
  const pairs = new Set<readonly [Socket, Socket]>();
  const cut = (isBroken = true): void => {
    for (const pair of pairs)
      for (const socket of pair) {
        if (isBroken) socket.resetAndDestroy();
        else socket.destroy();
      }
  };
  const way: CutWay = {
    watch: undefined,
    cut,
    over(of) {
      const url = new URL(of);
      url.port = String((server.address() as { port: number }).port);
      return url.href;
    },
  };
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to, isAsked] of [
      [near, far, true],
      [far, near, false],
    ] as const) {
      from.on('data', (piece) => {
        if (way.watch?.(piece, isAsked)) cut();
        else if (!to.write(piece)) from.pause();
      });
      to.on('drain', () => from.resume());
      from.on('error', () => {});
      from.on('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    cut();
    server.close();
    await once(server, 'close');
  });
  return way;
}
