// A receiver of webhooks in this process, on a port of its own and so a host of its own for the worker. It
// hands over each request with its whole body, and the caller answers.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';

/**
 * API and worker need them. The receivers are on this machine, which no webhook may reach by default. Each
 * call makes another key.
 */
export function webhookSettings(endpointsMax: number): Readonly<Record<string, string>> {
  return {
    WEBHOOK_SECRETS_KEY: randomBytes(32).toString('base64'),
    WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32',
    WEBHOOK_ENDPOINTS_MAX: String(endpointsMax),
  };
}

export interface WebhookRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface WebhookReceiver {
  readonly url: string;
  readonly close: () => Promise<void>;
}

export async function startWebhookReceiver(
  answer: (request: WebhookRequest, response: ServerResponse) => void,
): Promise<WebhookReceiver> {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('error', () => request.destroy());
    request.on('end', () => {
      answer({ path: request.url ?? '', headers: request.headers, text }, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
