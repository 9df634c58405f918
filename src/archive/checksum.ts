// Computes the checksum of the events of a segment, as `log_checksum` of migration 0031 does. It is SHA-256
// over the texts of 4,096 positions, each begun with the checksum of those before. Pure.
import { createHash } from 'node:crypto';
import { type Cell, type Column, textOf } from './columns.ts';

const positionsOfChunk = 4_096n;

export interface Checksum {
  /** The events in order of position, one list of cells for each column. */
  readonly add: (columns: readonly (readonly Cell[])[]) => void;
  readonly end: () => { readonly events: number; readonly checksum: string };
}

export function createChecksum(columns: readonly Column[], from: bigint): Checksum {
  const place = columns.findIndex(({ name }) => name === 'position');
  if (place < 0) throw new Error('events without a position have no checksum');
  let running = Buffer.alloc(0);
  let events = 0;
  let chunk = 0n;
  let lines: string[] = [];
  const close = () => {
    if (lines.length === 0) return;
    running = createHash('sha256').update(running).update(lines.join('\n')).digest();
    lines = [];
  };
  return {
    add: (cells) => {
      const positions = cells[place] ?? [];
      positions.forEach((position, row) => {
        const chunkOfRow = (BigInt(position ?? 0) - from) / positionsOfChunk;
        if (chunkOfRow !== chunk) close();
        chunk = chunkOfRow;
        lines.push(columns.map((column, number) => textOf(column, cells[number]?.[row] ?? null)).join(','));
      });
      events += positions.length;
    },
    end: () => {
      close();
      return { events, checksum: running.toString('hex') };
    },
  };
}
