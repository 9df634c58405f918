#!/usr/bin/env node
// The program `wallet`. It runs one command and ends with the exit code of that command.
import { reachLoopbackDirectly } from '../src/loopbackDirect.ts';
import { endWithItsReader } from './closedPipe.ts';
import { createProgram, runProgram } from './program.ts';

reachLoopbackDirectly(process.env);
endWithItsReader(process);
const program = createProgram(process.env.WALLET_URL ?? 'http://localhost:3000');
process.exitCode = await runProgram(program, process.argv.slice(2));
