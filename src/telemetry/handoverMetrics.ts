// The metrics of the handover of commands between API processes.
import { Counter, Gauge, type Registry } from 'prom-client';

export interface HandoverMetrics {
  /** Commands that this process handed over. */
  readonly onHanded: (count: number) => void;
  /** Commands that other processes handed over to this one. */
  readonly onTaken: (count: number) => void;
  /** Commands whose end did not come. This process ran them itself. */
  readonly onRecalled: (count: number) => void;
}

export function createHandoverMetrics(registers: Registry[], isCommitter: () => boolean): HandoverMetrics {
  const handed = new Counter({
    name: 'wallet_commands_handed_over_total',
    help: 'Commands that this process handed over to the process that commits.',
    registers,
  });
  const taken = new Counter({
    name: 'wallet_commands_taken_over_total',
    help: 'Commands that other processes handed over to this one.',
    registers,
  });
  const recalled = new Counter({
    name: 'wallet_commands_recalled_total',
    help: 'Commands that were handed over and called back, because their end did not come. They ran here.',
    registers,
  });
  new Gauge({
    name: 'wallet_committer',
    help: '1 if other processes hand their commands over to this one, else 0.',
    registers,
    collect() {
      this.set(isCommitter() ? 1 : 0);
    },
  });
  return {
    onHanded: (count) => {
      handed.inc(count);
    },
    onTaken: (count) => {
      taken.inc(count);
    },
    onRecalled: (count) => {
      recalled.inc(count);
    },
  };
}
