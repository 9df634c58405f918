#!/usr/bin/env node
// `wallet`: runs one command and ends with its exit code.
import { CommanderError } from 'commander';
import { describeFailure, exits } from './exits.ts';
import { createProgram, everyCommand } from './program.ts';

const program = createProgram(process.env.WALLET_URL ?? 'http://localhost:3000');
for (const command of everyCommand(program)) command.exitOverride();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Help that was asked for ends well; anything else that commander ends is a mistake of whoever typed.
    process.exitCode = error.exitCode === 0 ? exits.done : exits.usage;
  } else {
    const { code, lines } = describeFailure(error);
    process.exitCode = code;
    if (lines.length > 0) process.stderr.write(`${lines.join('\n')}\n`);
  }
}
