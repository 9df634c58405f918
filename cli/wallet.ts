#!/usr/bin/env node
// The program `wallet`. It runs one command and ends with the exit code of that command.
import { CommanderError } from 'commander';
import { reachLoopbackDirectly } from '../src/loopbackDirect.ts';
import { endWithItsReader } from './closedPipe.ts';
import { describeFailure, exits } from './exits.ts';
import { createProgram, everyCommand } from './program.ts';

reachLoopbackDirectly(process.env);
endWithItsReader(process);
const program = createProgram(process.env.WALLET_URL ?? 'http://localhost:3000');
for (const command of everyCommand(program)) command.exitOverride();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Requested help is a success. Commander ends only wrong usage otherwise.
    process.exitCode = error.exitCode === 0 ? exits.done : exits.usage;
  } else {
    const { code, lines } = describeFailure(error);
    process.exitCode = code;
    if (lines.length > 0) process.stderr.write(`${lines.join('\n')}\n`);
  }
}
