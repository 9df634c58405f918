// A DNS server of a few lines on 127.0.0.1. It answers A and AAAA from a table, and knows no other name.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** The addresses of a name at its next question. */
export type NamesOf = (name: string) => { readonly a?: readonly string[]; readonly aaaa?: readonly Buffer[] };

const typeA = 1;
const typeAaaa = 28;

export async function startDnsServer(
  namesOf: NamesOf,
): Promise<{ readonly server: string; readonly close: () => Promise<void> }> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    socket.send(answerTo(question, namesOf), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    server: `127.0.0.1:${socket.address().port}`,
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function answerTo(question: Buffer, namesOf: NamesOf): Buffer {
  const { name, end } = nameIn(question);
  const type = question.readUInt16BE(end);
  const { a = [], aaaa = [] } = namesOf(name);
  const found =
    type === typeA ? a.map((one) => Buffer.from(one.split('.').map(Number))) : type === typeAaaa ? aaaa : [];
  const head = Buffer.alloc(12);
  question.copy(head, 0, 0, 2);
  // An answer, recursion wanted and given. Code 3 says that there is no such name.
  head.writeUInt16BE(a.length + aaaa.length > 0 ? 0x81_80 : 0x81_83, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(found.length, 6);
  const records = found.map((address) => {
    const record = Buffer.alloc(12);
    // The name is that of the question. The answer may be kept for no time.
    record.writeUInt16BE(0xc0_0c, 0);
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt16BE(address.length, 10);
    return Buffer.concat([record, address]);
  });
  return Buffer.concat([head, question.subarray(12, end + 4), ...records]);
}

function nameIn(question: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = question.readUInt8(at); length > 0; length = question.readUInt8(at)) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 1 };
}
