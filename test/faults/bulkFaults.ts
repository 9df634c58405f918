// An HTTP server between the proxy and Elasticsearch. It makes single requests and single items of a bulk
// fail as a real Elasticsearch does: an item that it answers as unwritten is not written. It counts the
// faults that were answered.
import { once } from 'node:events';
import { Agent, createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Random } from '../../harness/proxy/proxy.ts';

export type BulkFault =
  /** The whole request is refused and does not reach Elasticsearch. */
  | 'request 429'
  | 'request 503'
  /** One item is refused and does not reach Elasticsearch. The others do. */
  | 'item 429'
  | 'item 503'
  /** One item is written beforehand by another request, so that Elasticsearch itself reports a conflict. */
  | 'item 409'
  /** One item carries a value that the mapping refuses, so that Elasticsearch itself refuses it. */
  | 'item 400';

export interface BulkFaults {
  readonly port: number;
  /** Hits the next `hitsMax` bulk requests. Request faults hit any request. */
  readonly inject: (fault: BulkFault, hitsMax: number) => void;
  readonly heal: () => void;
  readonly hits: () => Readonly<Record<BulkFault, number>>;
  readonly close: () => Promise<void>;
}

/** One action of a bulk request: the line of the action and the line of the document. */
interface Item {
  readonly action: string;
  readonly document: string;
}
interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}
interface BulkReply {
  took: number;
  errors: boolean;
  items: { index: { _index?: string; _id?: string; status: number; error?: object } }[];
}

/** Without this header the client believes that another product answers. */
const productHeader = { 'x-elastic-product': 'Elasticsearch', 'content-type': 'application/json' };
const refusals = {
  429: { type: 'es_rejected_execution_exception', reason: 'rejected execution: the queue is full' },
  503: { type: 'unavailable_shards_exception', reason: 'primary shard is not active' },
} as const;

interface State {
  readonly target: URL;
  readonly agent: Agent;
  readonly random: Random;
  readonly hits: Record<BulkFault, number>;
  injected: { readonly fault: BulkFault; left: number } | undefined;
}

/** Passes everything to the Elasticsearch at `url`. */
export async function startBulkFaults(url: string, random: Random): Promise<BulkFaults> {
  const state: State = {
    target: new URL(url),
    agent: new Agent({ keepAlive: true }),
    random,
    hits: {
      ...{ 'request 429': 0, 'request 503': 0 },
      ...{ 'item 429': 0, 'item 503': 0, 'item 409': 0, 'item 400': 0 },
    },
    injected: undefined,
  };
  const server = createServer((incoming, outgoing) => {
    answer(state, incoming).then(
      (reply) => {
        deliver(reply, outgoing);
      },
      (error: unknown) => {
        // If Elasticsearch or the client is away, the other's connection breaks, as it would without this
        // server.
        outgoing.destroy();
        if (!isBrokenConnection(error)) throw error;
      },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    port: address.port,
    inject: (fault, hitsMax) => {
      state.injected = { fault, left: hitsMax };
    },
    heal: () => {
      state.injected = undefined;
    },
    hits: () => ({ ...state.hits }),
    close: async () => {
      server.close();
      server.closeAllConnections();
      state.agent.destroy();
      await once(server, 'close');
    },
  };
}

async function forward({ target, agent }: State, incoming: IncomingMessage, body: Buffer): Promise<Reply> {
  const outgoing = send({
    ...{ agent, host: target.hostname, port: target.port, method: incoming.method, path: incoming.url },
    headers: {
      ...withoutFraming(incoming.headers),
      ...(body.length > 0 ? { 'content-length': body.length } : {}),
      // Replies are read here, so they may not be compressed.
      'accept-encoding': 'identity',
    },
  });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const { statusCode = 0, headers } = response;
  return { status: statusCode, headers, body: await buffer(response) };
}

async function answer(state: State, incoming: IncomingMessage): Promise<Reply> {
  const { hits, random } = state;
  const body = await buffer(incoming);
  const { injected } = state;
  if (injected === undefined || injected.left <= 0) return forward(state, incoming, body);
  const { fault } = injected;
  const isBulk = incoming.url?.includes('/_bulk') === true;
  if (fault === 'request 429' || fault === 'request 503') {
    injected.left -= 1;
    hits[fault] += 1;
    return refusedRequest(fault === 'request 429' ? 429 : 503);
  }
  if (!isBulk || incoming.headers['content-encoding'] !== undefined) return forward(state, incoming, body);
  const items = itemsOf(body);
  const at = Math.floor(random() * items.length);
  const item = items[at];
  if (item === undefined) return forward(state, incoming, body);
  injected.left -= 1;
  const reply = await hitItem(state, incoming, items, at, fault);
  if (statusOfItem(reply, at) === Number(fault.slice(-3))) hits[fault] += 1;
  return reply;
}

async function hitItem(
  state: State,
  incoming: IncomingMessage,
  items: readonly Item[],
  at: number,
  fault: Exclude<BulkFault, `request ${string}`>,
): Promise<Reply> {
  const item = items[at] as Item;
  switch (fault) {
    case 'item 409':
      await forward(state, incoming, bodyOf([item]));
      return forward(state, incoming, bodyOf(items));
    case 'item 400': {
      const changed = items.with(at, { ...item, document: unmappable(item.document) });
      return forward(state, incoming, bodyOf(changed));
    }
    case 'item 429':
    case 'item 503': {
      const others = items.toSpliced(at, 1);
      const reply = others.length === 0 ? emptyReply() : await forward(state, incoming, bodyOf(others));
      return withRefusedItem(reply, item, at, fault === 'item 429' ? 429 : 503);
    }
    default:
      return fault satisfies never;
  }
}

function deliver({ status, headers, body }: Reply, outgoing: ServerResponse): void {
  outgoing.writeHead(status, { ...withoutFraming(headers), 'content-length': body.length });
  outgoing.end(body);
}

const framing = ['connection', 'keep-alive', 'transfer-encoding', 'content-length'];

/** Drops the headers of one hop, which describe the connection and not the message. */
function withoutFraming(headers: Reply['headers']): Record<string, string | string[]> {
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string | string[]][] =>
    value === undefined || framing.includes(name) ? [] : [[name, value]],
  );
  return Object.fromEntries(kept);
}

const brokenConnection = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'];

function isBrokenConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && brokenConnection.includes(String(error.code));
}

function itemsOf(body: Buffer): readonly Item[] {
  const lines = body.toString('utf8').split('\n');
  const items: Item[] = [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [action = '', document = ''] = [lines[at], lines[at + 1]];
    if (action !== '') items.push({ action, document });
  }
  return items;
}

function bodyOf(items: readonly Item[]): Buffer {
  return Buffer.from(items.map(({ action, document }) => `${action}\n${document}\n`).join(''));
}

/** The mapping accepts only dates in this field. */
function unmappable(document: string): string {
  return JSON.stringify({ ...(JSON.parse(document) as object), updatedAt: 'not a date' });
}

function refusedRequest(status: 429 | 503): Reply {
  const body = Buffer.from(JSON.stringify({ error: refusals[status], status }));
  return { status, headers: productHeader, body };
}

function emptyReply(): Reply {
  const body = Buffer.from(JSON.stringify({ took: 0, errors: false, items: [] }));
  return { status: 200, headers: productHeader, body };
}

function withRefusedItem(reply: Reply, { action }: Item, at: number, status: 429 | 503): Reply {
  if (reply.status !== 200) return reply;
  const { index } = JSON.parse(action) as { index: { _index?: string; _id: string } };
  const { items, took } = JSON.parse(reply.body.toString('utf8')) as BulkReply;
  const refused = { index: { ...index, status, error: refusals[status] } };
  const body = JSON.stringify({ took, errors: true, items: items.toSpliced(at, 0, refused) });
  return { ...reply, body: Buffer.from(body) };
}

function statusOfItem(reply: Reply, at: number): number | undefined {
  if (reply.status !== 200) return undefined;
  const { items } = JSON.parse(reply.body.toString('utf8')) as BulkReply;
  return items[at]?.index.status;
}
