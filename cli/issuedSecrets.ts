// Asks the service for a secret that it shows once, a key or the secret of a webhook endpoint. The secret
// goes to stdout alone, or to a new file that only its user can read.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { Option } from 'commander';
import { type Result, valueOf } from '../src/client/index.ts';
import { ConfigError } from '../src/config/configError.ts';
import type { Context } from './context.ts';

interface Issuing<Member extends string, Issued> {
  /** The member of the answer that holds the secret, which is also its name for people. */
  readonly member: Member;
  readonly ask: () => Promise<Result<Issued>>;
  /** The name of the issued secret, such as "key 0DkB3tWcJ9sLmA". */
  readonly nameOf: (issued: Issued) => string;
  /** Further sentences for the person. */
  readonly remarks?: (issued: Issued) => readonly string[];
}

export function secretFileOption(member: string): Option {
  return new Option('--file <path>', `write the ${member} there, readable by its user alone`);
}

/**
 * The file is made first. A secret whose file could not be written would be valid, and nobody would have it.
 */
export async function issue<Member extends string, Issued extends Readonly<Record<Member, string>>>(
  { output }: Context,
  file: string | undefined,
  { member, ask, nameOf, remarks = () => [] }: Issuing<Member, Issued>,
): Promise<void> {
  if (file === undefined) {
    const issued = valueOf(await ask());
    output.note(`${nameOf(issued)}, shown once`);
    for (const remark of remarks(issued)) output.note(remark);
    output.result(issued, () => issued[member]);
    return;
  }
  const opened = openNew(file, member);
  let issued: Issued | undefined;
  try {
    issued = valueOf(await ask());
    writeSync(opened, `${issued[member]}\n`);
  } finally {
    closeSync(opened);
    if (issued === undefined) rmSync(file);
  }
  const stored = issued;
  output.result({ ...stored, [member]: null }, () => `${nameOf(stored)} is in ${file}`);
  for (const remark of remarks(stored)) output.note(remark);
}

/** A file that is there already might be read by others, or hold a secret that is still needed. */
function openNew(file: string, member: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`No ${member} was made, because the file for it could not be: ${reason}`);
  }
}
