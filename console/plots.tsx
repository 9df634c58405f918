// The live plots: lag of the projections, events that wait, throughput and latency of commands.
import { useMemo, useState } from 'preact/hooks';
import type { Sample } from '../src/api/console/consoleSnapshot.ts';
import { projections } from '../src/projections/registry.ts';
import { count, duration, latency, rate } from './format.ts';
import { type Line, Plot } from './plot.tsx';

const windows = [
  { seconds: 300, title: 'The last five minutes' },
  { seconds: 3_600, title: 'The last hour' },
] as const;

export function Plots({
  samples,
  isDark,
}: {
  readonly samples: readonly Sample[];
  readonly isDark: boolean;
}) {
  const points = useMemo(() => withGaps(samples), [samples]);
  const times = useMemo(() => points.map(({ atMs }) => atMs / 1_000), [points]);
  const plots = useMemo(() => plotsOf(points), [points]);
  const [windowS, setWindowS] = useState<number>(windows[0].seconds);
  return (
    <section aria-label="Plots">
      <p>
        <select
          aria-label="Time that the plots show"
          value={windowS}
          onChange={(event) => {
            setWindowS(Number(event.currentTarget.value));
          }}
        >
          {windows.map(({ seconds, title }) => (
            <option key={seconds} value={seconds}>
              {title}
            </option>
          ))}
        </select>
      </p>
      <div class="plots">
        {plots.map((plot) => (
          <Plot key={plot.title} {...plot} times={times} isDark={isDark} windowS={windowS} />
        ))}
      </div>
    </section>
  );
}

interface Point {
  readonly atMs: number;
  /** Undefined in a gap. */
  readonly sample: Sample | undefined;
}

/** If no sample came for longer than this, the lines are interrupted: nothing is known of that time. */
const gapMinMs = 15_000;

function withGaps(samples: readonly Sample[]): readonly Point[] {
  return samples.flatMap((sample, index) => {
    const { atMs } = sample;
    const before = samples[index - 1]?.atMs ?? atMs;
    const gap = atMs - before > gapMinMs ? [{ atMs: before + 1, sample: undefined }] : [];
    return [...gap, { atMs, sample }];
  });
}

/** Line three is the outbox, which all of them share. */
const projectionColours = ['one', 'two', 'four', 'five'] as const;

function plotsOf(points: readonly Point[]) {
  const line = (label: string, colour: Line['colour'], valueOf: (sample: Sample) => number | null): Line => ({
    label,
    colour,
    values: points.map(({ sample }) => (sample === undefined ? null : valueOf(sample))),
  });
  const ofEachProjection = (valuesOf: (sample: Sample) => Sample['lagMs']) =>
    projections.map(({ name, title }, index) =>
      line(
        title,
        projectionColours[index % projectionColours.length] ?? 'one',
        (sample) => valuesOf(sample)[name],
      ),
    );
  return [
    {
      title: 'Lag',
      format: duration,
      lines: ofEachProjection(({ lagMs }) => lagMs),
    },
    {
      title: 'Events waiting',
      format: count,
      isWhole: true,
      lines: [...ofEachProjection(({ behind }) => behind), line('Outbox', 'three', ({ outbox }) => outbox)],
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
