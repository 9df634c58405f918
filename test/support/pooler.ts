// Stands in for a connection pooler such as PgBouncer. It drops every start-up parameter and tells a process
// id of its own. With `mode: 'transaction'` it gives a session to whoever begins the next database
// transaction. With `mode: 'session'` a client keeps its session, and `reset` says whether the next client
// gets it clean.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Client } from 'pg';

export interface PoolerOptions {
  readonly databaseUrl: string;
  readonly mode: 'session' | 'transaction';
  readonly sessionsMax: number;
  readonly reset?: boolean;
}

export interface Pooler {
  readonly url: string;
  readonly close: () => Promise<void>;
}

const sslRequest = 80_877_103;
const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
const terminate = 'X';

/** A session of the server, already authenticated by the driver, whose socket the pooler uses itself. */
interface ServerSession {
  readonly client: Client;
  readonly socket: Socket;
}

export async function startPooler(options: PoolerOptions): Promise<Pooler> {
  const sessions = await Promise.all(
    Array.from({ length: options.sessionsMax }, () => openServerSession(options.databaseUrl)),
  );
  const share = createShare(sessions);
  const clients = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    clients.add(client);
    client.on('error', () => client.destroy());
    client.on('close', () => clients.delete(client));
    serve(client, share, options).catch(() => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(options.databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    close: async () => {
      server.close();
      for (const client of clients) client.destroy();
      for (const { socket } of sessions) socket.destroy();
      await once(server, 'close');
    },
  };
}

async function openServerSession(url: string): Promise<ServerSession> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const { stream: socket } = (client as unknown as { connection: { stream: Socket } }).connection;
  socket.removeAllListeners('data');
  return { client, socket };
}

/** Gives out each session to one holder at a time, the last returned first, as PgBouncer does. */
function createShare(sessions: readonly ServerSession[]) {
  const free = [...sessions];
  const waiting: ((session: ServerSession) => void)[] = [];
  return {
    take: (): Promise<ServerSession> => {
      const session = free.pop();
      return session ? Promise.resolve(session) : new Promise((resolve) => waiting.push(resolve));
    },
    giveBack: (session: ServerSession): void => {
      const next = waiting.shift();
      if (next) next(session);
      else free.push(session);
    },
  };
}

async function serve(
  client: Socket,
  share: ReturnType<typeof createShare>,
  { mode, reset }: PoolerOptions,
): Promise<void> {
  let held: ServerSession | undefined;
  let greeted = false;
  let received = Buffer.alloc(0);
  /** Sends a message and passes the answer on, up to the end of the database transaction. */
  const exchange = async (message: Buffer): Promise<void> => {
    held ??= await share.take();
    if (!isAnswered(message)) {
      held.socket.write(message);
      return;
    }
    const status = await answerOf(held, message, (chunk) => client.write(chunk));
    if (mode === 'transaction' && status === 'I') {
      share.giveBack(held);
      held = undefined;
    }
  };
  for await (const chunk of client) {
    received = Buffer.concat([received, chunk as Buffer]);
    for (;;) {
      const size =
        received.length < 5 ? Infinity : greeted ? 1 + received.readInt32BE(1) : received.readInt32BE(0);
      if (received.length < size) break;
      const message = received.subarray(0, size);
      received = received.subarray(size);
      if (!greeted) greeted = greet(client, message);
      else if (String.fromCharCode(message[0] ?? 0) !== terminate) await exchange(message);
    }
  }
  if (held === undefined) return;
  if (reset === true) await answerOf(held, queryMessage('discard all'), () => undefined);
  share.giveBack(held);
}

/** True once the client may send statements. */
function greet(client: Socket, message: Buffer): boolean {
  if (message.readInt32BE(4) === sslRequest) {
    client.write('N');
    return false;
  }
  const keyData = Buffer.from([0x4b, 0, 0, 0, 12, 0x7f, 0, 0, 1, 0, 0, 0, 1]);
  client.write(Buffer.concat([Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]), keyData, readyForQuery]));
  return true;
}

/** The server answers a simple query and the end of an extended one. */
function isAnswered(message: Buffer): boolean {
  return ['Q', 'S'].includes(String.fromCharCode(message[0] ?? 0));
}

function queryMessage(text: string): Buffer {
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** Resolves with the state of the database transaction after the answer: I, T or E. */
function answerOf(
  { socket }: ServerSession,
  message: Buffer,
  pass: (chunk: Buffer) => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const stop = () => {
      socket.off('data', onData).off('close', onClose);
    };
    const onClose = () => {
      stop();
      reject(new Error('the server has gone'));
    };
    const onData = (chunk: Buffer) => {
      pass(chunk);
      received = Buffer.concat([received, chunk]);
      while (received.length >= 5 && received.length >= 1 + received.readInt32BE(1)) {
        const size = 1 + received.readInt32BE(1);
        const one = received.subarray(0, size);
        received = received.subarray(size);
        if (one[0] !== readyForQuery[0]) continue;
        stop();
        resolve(String.fromCharCode(one[5] ?? 0));
      }
    };
    socket.on('data', onData).on('close', onClose);
    socket.write(message);
  });
}
