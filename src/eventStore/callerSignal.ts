// Ends the statements of a caller that was cancelled, on the server too. Otherwise the build of an index, or
// the read of a whole table, goes on for up to an hour after an operator has cancelled it. The connection is
// closed first, so nothing more is sent. A commit that was sent by then may still take effect.
import type { Pool, PoolClient } from 'pg';

/** The signal of the work that asks now; undefined if nobody can cancel it. */
export type CallerSignal = () => AbortSignal | undefined;

interface Ending {
  readonly signalOf: CallerSignal;
  /** Ends what the server runs for a session that was closed. Must be bounded, and must not reject. */
  readonly endOnServer: (processId: number) => Promise<void>;
}

/** What node-postgres keeps beside its types. */
interface Session {
  readonly processID: number | null;
  readonly connection: { readonly stream: { readonly destroy: () => void } };
}

type Callback = (error: Error | undefined, client?: PoolClient, release?: PoolClient['release']) => void;

/** Makes every connection that `pool` hands out end with the signal of its caller. */
export function endWithCaller(pool: Pool, { signalOf, endOnServer }: Ending): void {
  const connect = pool.connect.bind(pool) as () => Promise<PoolClient>;
  const connectBy = pool.connect.bind(pool) as (callback: Callback) => void;
  const connectFor = async (signal: AbortSignal): Promise<PoolClient> => {
    signal.throwIfAborted();
    const client = await connect();
    const { processID, connection } = client as unknown as Session;
    const end = () => {
      connection.stream.destroy();
      if (processID !== null) void endOnServer(processID);
    };
    const release = client.release.bind(client);
    client.release = (problem) => {
      signal.removeEventListener('abort', end);
      release(problem);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    return client;
  };
  pool.connect = ((callback?: Callback) => {
    const signal = signalOf();
    if (signal === undefined) {
      if (callback === undefined) return connect();
      connectBy(callback);
      return undefined;
    }
    const connected = connectFor(signal);
    if (callback === undefined) return connected;
    connected.then(
      (client) => {
        callback(undefined, client, (problem) => {
          client.release(problem);
        });
      },
      (error: unknown) => {
        callback(error as Error);
      },
    );
    return undefined;
  }) as Pool['connect'];
}
