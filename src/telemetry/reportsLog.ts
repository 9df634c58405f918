// The log lines about the reports of a process and its level (eventStore/processReports.ts).
import type { Log } from './log.ts';

export function loggingReports(log: Log) {
  return {
    onFailure: (error: unknown) => {
      log.debug({ err: error }, 'this process could not report its level');
    },
    onOutgrown: ({ message }: Error) => {
      log.error({ reason: message }, `this process must be replaced: ${message}`);
    },
  };
}
