// The live plots: how late the projections are, what waits, and what the commands do.
import { useMemo } from 'preact/hooks';
import type { Sample } from '../src/api/consoleLook.ts';
import { count, duration, latency, projectionTitles, rate } from './format.ts';
import { type Line, Plot } from './plot.tsx';

const windowS = 300;

export function Plots({
  samples,
  isDark,
}: {
  readonly samples: readonly Sample[];
  readonly isDark: boolean;
}) {
  const times = useMemo(() => samples.map(({ atMs }) => atMs / 1_000), [samples]);
  const plots = useMemo(() => plotsOf(samples), [samples]);
  return (
    <section class="plots" aria-label="The last five minutes">
      {plots.map((plot) => (
        <Plot key={plot.title} {...plot} times={times} isDark={isDark} windowS={windowS} />
      ))}
    </section>
  );
}

function plotsOf(samples: readonly Sample[]) {
  const line = (label: string, colour: Line['colour'], valueOf: (sample: Sample) => number | null): Line => ({
    label,
    colour,
    values: samples.map(valueOf),
  });
  const { 'read-model': readModel, ledger } = projectionTitles;
  return [
    {
      title: 'Lag',
      format: duration,
      lines: [
        line(readModel, 'one', ({ lagMs }) => lagMs['read-model']),
        line(ledger, 'two', ({ lagMs }) => lagMs.ledger),
      ],
    },
    {
      title: 'Events waiting',
      format: count,
      lines: [
        line(readModel, 'one', ({ behind }) => behind['read-model']),
        line(ledger, 'two', ({ behind }) => behind.ledger),
        line('Outbox', 'three', ({ outbox }) => outbox),
      ],
    },
    {
      title: 'Throughput a second',
      format: rate,
      lines: [
        line('Events', 'one', ({ eventsPerS }) => eventsPerS),
        line('Commands, this process', 'two', ({ commands }) => commands?.perS ?? null),
      ],
    },
    {
      title: 'Command latency, this process',
      format: latency,
      lines: [
        line('p50', 'one', ({ commands }) => commands?.p50Ms ?? null),
        line('p99', 'two', ({ commands }) => commands?.p99Ms ?? null),
      ],
    },
  ];
}
