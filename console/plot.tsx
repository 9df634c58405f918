// One uPlot chart with a legend in HTML, which shows the last values or those under the pointer. Lines differ
// by colour and dash. Screen readers read the legend.
import { useEffect, useRef, useState } from 'preact/hooks';
import UPlot from 'uplot';
import { withoutRepeats } from './format.ts';

export interface Line {
  readonly label: string;
  readonly colour: 'one' | 'two' | 'three' | 'four' | 'five';
  /** One for each time; null leaves a gap. */
  readonly values: readonly (number | null)[];
  /** Exact texts, which the legend shows instead of the formatted values. */
  readonly texts?: readonly string[];
}

export interface PlotProps {
  readonly title: string;
  /** Seconds since the epoch. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  readonly isDark: boolean;
  /** Seconds shown; undefined shows everything. */
  readonly windowS?: number;
  /** The values are whole numbers, so the axis has no fractions. */
  readonly isWhole?: boolean;
  /** Each value holds until the next one, as a balance does. */
  readonly isStepped?: boolean;
}

const heightPx = 132;
const dashes = { one: [], two: [5, 3], three: [2, 2], four: [8, 3, 2, 3], five: [10, 4] } as const;

export function Plot(props: PlotProps) {
  const { title, times, lines, format, isDark, windowS } = props;
  const container = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot>(null);
  const [pointed, setPointed] = useState<number>();
  const data = [times, ...lines.map(({ values }) => values)] as unknown as UPlot.AlignedData;

  useEffect(() => {
    const element = container.current;
    if (element === null) return undefined;
    const made = new UPlot(optionsOf(props, element, setPointed), data, element);
    chart.current = made;
    const resize = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: heightPx });
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
    };
    // Only other colours or lines need a new chart. New points go through setData.
  }, [isDark, lines.length, windowS]);
  useEffect(() => {
    chart.current?.setData(data);
  }, [times, lines]);

  const shown = pointed ?? times.length - 1;
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <ul class="legend">
        {lines.map(({ label, colour, values, texts }) => {
          const value = values[shown] ?? null;
          return (
            <li key={label} class={`line-${colour}`}>
              <span class="key" aria-hidden="true" />
              {label} <b>{value === null ? '–' : (texts?.[shown] ?? format(value))}</b>
            </li>
          );
        })}
      </ul>
      <div ref={container} class="canvas" aria-hidden="true" />
    </figure>
  );
}

function optionsOf(
  { lines, format, windowS, isStepped = false, isWhole = false }: PlotProps,
  element: HTMLElement,
  onPointed: (index: number | undefined) => void,
): UPlot.Options {
  const colours = getComputedStyle(document.documentElement);
  const colour = (name: string) => colours.getPropertyValue(name).trim();
  const axis: UPlot.Axis = {
    stroke: colour('--text-quiet'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colour('--line-faint'), width: 1 },
    ticks: { show: false },
  };
  const label = (value: number) => (isWhole && !Number.isInteger(value) ? '' : format(value));
  const stepped = UPlot.paths.stepped?.({ align: 1 });
  return {
    width: element.clientWidth,
    height: heightPx,
    legend: { show: false },
    padding: [8, 4, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 5 } },
    scales: {
      x: {
        time: true,
        range: (_, min, max) => (windowS === undefined ? [min, max] : [max - windowS, max]),
      },
      y: { range: (_, min, max) => [Math.min(0, min), max <= 0 ? 1 : max * 1.15] },
    },
    axes: [
      { ...axis, space: 60, size: 22, values: timesOfDay },
      { ...axis, space: 28, size: 58, values: (_, splits) => withoutRepeats(splits.map(label)) },
    ],
    series: [
      {},
      ...lines.map(({ label, colour: name }) => ({
        label,
        stroke: colour(`--plot-${name}`),
        width: 1.5,
        dash: [...dashes[name]],
        points: { show: false },
        ...(isStepped && stepped !== undefined ? { paths: stepped } : {}),
      })),
    ],
    hooks: {
      setCursor: [
        ({ cursor }) => {
          onPointed(cursor.idx ?? undefined);
        },
      ],
    },
  };
}

/** Hours and minutes. Steps below a minute show seconds, steps of a day or more show the date. */
function timesOfDay(_: UPlot, splits: readonly number[], __: number, ___: number, stepS: number): string[] {
  const pad = (value: number) => String(value).padStart(2, '0');
  return splits.map((atS) => {
    const at = new Date(atS * 1_000);
    if (stepS >= 86_400) return `${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
    const minutes = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
    return stepS < 60 ? `${minutes}:${pad(at.getSeconds())}` : minutes;
  });
}
