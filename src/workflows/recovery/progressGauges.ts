// How far a recovery has come, for Prometheus: through the Temporal SDK, which leaves replays out. The SDK adds the
// workflow's type as the label workflowType; ids stay out, since they name wallets.
import { metricMeter } from '@temporalio/workflow';

interface Progress {
  readonly status: string;
  readonly done: number;
  readonly total: number | null;
}

/** Shows where the recovery stands now: `ratio` of its phase, and whether it runs at all. */
export function showProgress({ status, done, total }: Progress): void {
  const running = metricMeter.createGauge(
    'wallet_recovery_running',
    'int',
    undefined,
    '1 while a recovery runs or is paused, else 0.',
  );
  const ratio = metricMeter.createGauge(
    'wallet_recovery_progress_ratio',
    'float',
    undefined,
    'Share of the phase in hand that a recovery has done; 0 where nobody knows how much it is.',
  );
  running.set(status === 'running' || status === 'paused' ? 1 : 0);
  if (status === 'completed') ratio.set(1);
  else ratio.set(total === null || total === 0 ? 0 : Math.min(1, done / total));
}
