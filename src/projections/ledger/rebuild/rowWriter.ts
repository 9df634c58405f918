// Writes rows in the binary format of PostgreSQL's COPY into one growing buffer. Computes a CRC-32 over the
// bytes of each row's fields. Knows the format and nothing of the ledger.
import { Buffer } from 'node:buffer';

/** The bytes before the first row: the signature, no flags, no extension. */
const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const trailer = -1;
const nullLength = -1;
/** A field of fixed size fits in this, with its length word. Texts make room by themselves. */
const fixedBytesMax = 16;
const bytesPerCharacterMax = 3;
/** PostgreSQL counts microseconds from the year 2000. */
const epochMs = Date.UTC(2000, 0, 1);
const two32 = 0x1_0000_0000;

const crcTable = Int32Array.from({ length: 256 }, (_, value) => {
  let entry = value;
  for (let bit = 0; bit < 8; bit += 1) entry = (entry & 1) === 1 ? (entry >>> 1) ^ 0xedb88320 : entry >>> 1;
  return entry;
});

function sumByte(crc: number, byte: number): number {
  return (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] ?? 0);
}

export interface RowWriter {
  readonly beginRow: (fields: number) => void;
  readonly bigint: (value: bigint) => void;
  readonly smallint: (value: number) => void;
  readonly text: (value: string) => void;
  /** To the millisecond. */
  readonly timestamp: (value: Date) => void;
  readonly boolean: (value: boolean) => void;
  /** SQL's null. Adds nothing to the checksum, or this byte. */
  readonly nothing: (summedAs?: number) => void;
  /** The CRC-32 of the row's fields, in order, without their lengths. */
  readonly endRow: () => number;
  /** All rows, with header and trailer. */
  readonly finish: () => Uint8Array;
}

export function createRowWriter(bytesExpected: number): RowWriter {
  let buffer = Buffer.allocUnsafe(header.length + fixedBytesMax + bytesExpected);
  let at = header.copy(buffer);
  let crc = -1;

  function makeRoom(bytes: number): void {
    if (at + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * buffer.length + bytes);
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  }

  // Computed here and not by zlib: a call into zlib for each row costs more than these few dozen bytes.
  function sum(from: number): void {
    for (let index = from; index < at; index += 1) crc = sumByte(crc, buffer[index] ?? 0);
  }

  function int64(high: number, low: number): void {
    makeRoom(fixedBytesMax);
    at = buffer.writeInt32BE(8, at);
    at = buffer.writeInt32BE(high, at);
    at = buffer.writeUInt32BE(low, at);
    sum(at - 8);
  }

  function safeInteger(value: number): void {
    int64(Math.floor(value / two32), value >>> 0);
  }

  return {
    beginRow: (fields) => {
      makeRoom(fixedBytesMax);
      at = buffer.writeInt16BE(fields, at);
      crc = -1;
    },
    bigint: (value) => {
      const number = Number(value);
      if (Number.isSafeInteger(number)) safeInteger(number);
      else int64(Number(BigInt.asIntN(32, value >> 32n)), Number(BigInt.asUintN(32, value)));
    },
    smallint: (value) => {
      makeRoom(fixedBytesMax);
      at = buffer.writeInt32BE(2, at);
      at = buffer.writeInt16BE(value, at);
      sum(at - 2);
    },
    text: (value) => {
      makeRoom(fixedBytesMax + bytesPerCharacterMax * value.length);
      const lengthAt = at;
      at += 4;
      const start = at;
      for (let index = 0; index < value.length; index += 1) {
        const code = value.charCodeAt(index);
        if (code > 0x7f) {
          at = start + buffer.write(value, start, 'utf8');
          break;
        }
        buffer[at] = code;
        at += 1;
      }
      buffer.writeInt32BE(at - start, lengthAt);
      sum(start);
    },
    timestamp: (value) => {
      safeInteger((value.getTime() - epochMs) * 1_000);
    },
    boolean: (value) => {
      makeRoom(fixedBytesMax);
      at = buffer.writeInt32BE(1, at);
      at = buffer.writeInt8(value ? 1 : 0, at);
      sum(at - 1);
    },
    nothing: (summedAs) => {
      makeRoom(fixedBytesMax);
      at = buffer.writeInt32BE(nullLength, at);
      if (summedAs !== undefined) crc = sumByte(crc, summedAs);
    },
    endRow: () => ~crc >>> 0,
    finish: () => {
      makeRoom(fixedBytesMax);
      at = buffer.writeInt16BE(trailer, at);
      return buffer.subarray(0, at);
    },
  };
}
