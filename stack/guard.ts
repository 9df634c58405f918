// Runs one guarded port as a process of its own: `node stack/guard.ts <port> <host> <port of the host>`.
// docker-compose.yml puts it before the Temporal Web UI. It ends at SIGTERM.
import { guardPort } from './guardedPort.ts';

const [port = '', host = '', innerPort = ''] = process.argv.slice(2);
const guarded = await guardPort(Number(port), { host, port: Number(innerPort) }, '0.0.0.0');
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void guarded.close());
