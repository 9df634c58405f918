// Builds the commands of `wallet`, their global options, and the shell completion that is derived from both.
import tab from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import { addArchiveCommands } from './archiveSubcommands.ts';
import { addAuditCommands } from './auditSubcommands.ts';
import { addDoctor } from './doctor.ts';
import { addEventCommands } from './eventSubcommands.ts';
import { describeFailure, exitHelp, exits, failureDocument } from './exits.ts';
import { addHoldCommands } from './holdSubcommands.ts';
import { addKeyCommands } from './keySubcommands.ts';
import { addLifecycleCommands } from './lifecycleSubcommands.ts';
import { addMovementCommands } from './movementSubcommands.ts';
import { addProjectionCommands } from './projectionSubcommands.ts';
import { addRecoveryCommands } from './recoverySubcommands.ts';
import { addSegmentCommands } from './segmentSubcommands.ts';
import { addStatementCommand } from './statementSubcommand.ts';
import { addTenantCommands } from './tenantSubcommands.ts';
import { addAlertCommands } from './alertSubcommands.ts';
import { addVelocityCommands } from './velocitySubcommands.ts';
import { addWalletCommands } from './walletSubcommands.ts';
import { addWebhookCommands } from './webhookSubcommands.ts';

const completionHelp = `
Shell completion:
  $ source <(wallet completion bash)      # zsh the same
  $ wallet completion fish | source`;

export function createProgram(urlDefault: string): Command {
  const program = new Command('wallet')
    .description('The wallet service from a terminal: money, projections, recoveries.')
    .option('--url <url>', 'of the service (WALLET_URL)', urlDefault)
    .option('--tenant <tenant>', "tenant to act in; only an operator's key may name one")
    .option('--json', 'one JSON document on stdout, also for a refusal; amounts as decimal text')
    .showHelpAfterError('(--help shows how)')
    .addHelpText('after', `${exitHelp}\n${completionHelp}`);
  addWalletCommands(program);
  addHoldCommands(program);
  addLifecycleCommands(program);
  addVelocityCommands(program);
  addAlertCommands(program);
  addMovementCommands(program);
  addStatementCommand(program);
  addEventCommands(program);
  addWebhookCommands(program);
  addProjectionCommands(program);
  addSegmentCommands(program);
  addRecoveryCommands(program);
  addArchiveCommands(program);
  addAuditCommands(program);
  addKeyCommands(program);
  addTenantCommands(program);
  addDoctor(program);
  tab(program, { completionCommandName: 'completion' });
  return program;
}

/** Runs the command that the arguments name, and returns its exit code. Prints why it failed. */
export async function runProgram(program: Command, args: readonly string[]): Promise<number> {
  for (const command of everyCommand(program)) command.exitOverride();
  try {
    await program.parseAsync(args, { from: 'user' });
    return exits.done;
  } catch (error) {
    const { code, lines } = describeFailure(error);
    if (lines.length > 0) process.stderr.write(`${lines.join('\n')}\n`);
    // Wrong usage may end before the options are read.
    const isJson = code !== exits.done && args.includes('--json');
    const document = isJson ? failureDocument(error) : undefined;
    if (document !== undefined) process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
    return code;
  }
}

/** This command and every command below it. */
export function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
