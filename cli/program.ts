// Builds the commands of `wallet`, their global options, and the shell completion that is derived from both.
import tab from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import { addDoctor } from './doctor.ts';
import { exitHelp } from './exits.ts';
import { addProjectionCommands } from './projectionSubcommands.ts';
import { addRecoveryCommands } from './recoverySubcommands.ts';
import { addWalletCommands } from './walletSubcommands.ts';

const completionHelp = `
Shell completion:
  $ source <(wallet completion bash)      # zsh the same
  $ wallet completion fish | source`;

export function createProgram(urlDefault: string): Command {
  const program = new Command('wallet')
    .description('The wallet service from a terminal: money, projections, recoveries.')
    .option('--url <url>', 'of the service (WALLET_URL)', urlDefault)
    .option('--json', 'one JSON document on stdout, amounts as decimal text')
    .showHelpAfterError('(--help shows how)')
    .addHelpText('after', `${exitHelp}\n${completionHelp}`);
  addWalletCommands(program);
  addProjectionCommands(program);
  addRecoveryCommands(program);
  addDoctor(program);
  tab(program, { completionCommandName: 'completion' });
  return program;
}

/** This command and every command below it. */
export function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
