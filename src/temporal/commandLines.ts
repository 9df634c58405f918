// Writes the `temporal` commands that do the same as a call of the API or a button of the console. Operators
// can run them by hand. It imports types only, so that the console's page may use it too.
import type { Config } from '../config/config.ts';

export type CommandConfig = Pick<Config, 'TEMPORAL_NAMESPACE' | 'TEMPORAL_TASK_QUEUE' | 'SCHEDULE_ID_PREFIX'>;

/** Starts a recovery. Arguments hold no single quotes, because ids were checked before. */
export function startCommand(
  config: CommandConfig,
  kind: string,
  workflowId: string,
  argument: object,
): string {
  return [
    `temporal workflow start --namespace ${config.TEMPORAL_NAMESPACE}`,
    `--task-queue ${config.TEMPORAL_TASK_QUEUE} --type ${kind} --workflow-id ${workflowId}`,
    `--id-conflict-policy Fail --input '${JSON.stringify(argument)}'`,
  ].join(' ');
}

/** Pauses, resumes or cancels a recovery. */
export function steerCommand(
  config: CommandConfig,
  workflowId: string,
  steering: 'pause' | 'resume' | 'cancel',
): string {
  const target = `--namespace ${config.TEMPORAL_NAMESPACE} --workflow-id ${workflowId}`;
  return steering === 'cancel'
    ? `temporal workflow cancel ${target}`
    : `temporal workflow update execute ${target} --name ${steering}`;
}

/**
 * Pauses or resumes the schedule `name`. A pause also cancels the current run, which would go on for most of
 * a minute. A resume starts a run at once.
 */
export function scheduleCommand(
  config: CommandConfig,
  name: string,
  steering: 'pause' | 'resume',
  note: string,
): string {
  const scheduleId = `${config.SCHEDULE_ID_PREFIX}${name}`;
  const target = `--namespace ${config.TEMPORAL_NAMESPACE} --schedule-id ${scheduleId}`;
  if (steering === 'resume')
    return [
      `temporal schedule toggle ${target} --unpause --reason ${quoted(note)}`,
      `temporal schedule trigger ${target} --overlap-policy BufferOne`,
    ].join('\n');
  const open = `TemporalScheduledById="${scheduleId}" AND ExecutionStatus="Running"`;
  return [
    `temporal schedule toggle ${target} --pause --reason ${quoted(note)}`,
    `temporal workflow cancel --namespace ${config.TEMPORAL_NAMESPACE} --query '${open}' --yes`,
  ].join('\n');
}

/** One argument for a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
