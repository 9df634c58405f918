// The cover of command ids in an installation under test. Its API tells covered ids, and its rows have the
// ids inside.
import type { Client, Pool } from 'pg';
import { type CommandIdCover, createCommandIdCover } from '../src/api/wallets/commandIdCover.ts';
import { readCommandIdSecret } from '../src/eventStore/commandIdCover.ts';

export async function readCommandIdCover(database: Pool | Client): Promise<CommandIdCover> {
  const secret = await readCommandIdSecret(database);
  return createCommandIdCover(() => secret);
}
