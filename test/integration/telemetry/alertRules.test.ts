// Runs every alert rule through Prometheus' own evaluation: when it begins, when it ends, and that a burst is
// over before it would begin.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { conditions } from '../../../src/health/conditions/conditions.ts';
import { type AlertCase, alertCases, caseOfCondition } from '../../support/alertCases.ts';
import { failuresOf } from '../../support/promtool.ts';

const rulesFile = path.resolve(import.meta.dirname, '../../../observability/prometheus/alerts.yml');
const rules = (
  parse(readFileSync(rulesFile, 'utf8')) as { groups: readonly { rules: readonly { alert: string }[] }[] }
).groups.flatMap((group) => group.rules);

const sampleEveryS = 15;
/** As in test/support/promtool.ts. */
const evaluationEveryS = 30;
const faultFromS = 720;
const faultS = 1_200;
const burstS = 60;
const afterS = 720;

type Series = AlertCase['series'][number];

/** The samples of a series whose fault lasts so long. `_` is an absent sample. */
function samplesOf(series: Series, lastsS: number): string {
  const samples: string[] = [];
  let counted = 0;
  for (let s = 0; s <= faultFromS + lastsS + afterS; s += sampleEveryS) {
    const isBad = s > faultFromS && s <= faultFromS + lastsS;
    if ('absent' in series) samples.push(isBad ? '_' : '0');
    else if ('bad' in series) samples.push(String(isBad ? series.bad : series.well));
    else {
      const perS = 'growsPerS' in series ? [0, series.growsPerS] : [series.wellPerS, series.badPerS];
      counted += sampleEveryS * (perS[isBad ? 1 : 0] ?? 0);
      // The backlog shrinks as soon as the fault is over.
      if ('growsPerS' in series && s > faultFromS + lastsS) counted /= 2;
      samples.push(String(counted));
    }
  }
  return samples.join(' ');
}

interface Expected {
  readonly atS: number;
  readonly fires: boolean;
}

/** One timeline for many alerts, because Prometheus evaluates all rules at each of its steps. */
function timelineOf(
  cases: readonly AlertCase[],
  lastsS: number,
  expectedOf: (one: AlertCase) => readonly Expected[],
): object {
  return {
    interval: `${sampleEveryS}s`,
    input_series: cases.flatMap(({ series }) =>
      series.map((one) => ({ series: one.name, values: samplesOf(one, lastsS) })),
    ),
    promql_expr_test: cases.flatMap((one) => {
      const { alert, labels } = one;
      const firing = matchersOf({ alertname: alert, alertstate: 'firing', ...labels });
      // Selected by what tells the alerts of one rule apart. All labels are compared.
      const { condition = '' } = labels;
      const selected = matchersOf({ alertname: alert, alertstate: 'firing', condition });
      return expectedOf(one).map(({ atS, fires }) => ({
        expr: `ALERTS{${selected}}`,
        eval_time: `${atS}s`,
        exp_samples: fires ? [{ labels: `ALERTS{${firing}}`, value: 1 }] : [],
      }));
    }),
  };
}

function matchersOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([label, text]) => `${label}="${text}"`)
    .join(',');
}

/** Quiet before the alert begins, firing until the fault ends, quiet afterwards. */
function beginAndEnd({ beginsAfterS, endsWithinS }: AlertCase): readonly Expected[] {
  const endS = faultFromS + faultS;
  return [
    { atS: faultFromS, fires: false },
    { atS: faultFromS + beginsAfterS - 15, fires: false },
    { atS: faultFromS + beginsAfterS + 45, fires: true },
    { atS: endS, fires: true },
    { atS: endS + endsWithinS, fires: false },
    { atS: endS + afterS, fires: false },
  ];
}

/** No evaluation after a burst has the alert. */
function never(): readonly Expected[] {
  const evaluations = Array.from({ length: afterS / evaluationEveryS }, (_, index) => index);
  return evaluations.map((index) => ({ atS: faultFromS + index * evaluationEveryS, fires: false }));
}

const cases = [...alertCases, ...conditions.map(caseOfCondition)];
const nameOf = ({ alert, labels: { condition } }: AlertCase) =>
  condition === undefined ? alert : `${alert} for ${condition}`;
/** Cases whose series would be in the way of others have a timeline of their own. */
const timelines = [
  cases.filter(({ isApart }) => isApart !== true),
  ...cases.filter(({ isApart }) => isApart).map((one) => [one]),
];

describe.each([
  ['begins and ends with its fault', faultS, beginAndEnd],
  ['is not brought by a burst of a minute', burstS, never],
] as const)('an alert %s', (_, lastsS, expectedOf) => {
  let failures = '';
  beforeAll(async () => {
    const tests = timelines.map((some) => timelineOf(some, lastsS, expectedOf));
    failures = await failuresOf({ rulesFile, tests });
  });

  it.each(cases.map((one) => [nameOf(one), one] as const))(
    '%s',
    (_name, { alert, labels: { condition = '' } }) => {
      const own = failures.split('expr: ').filter((failure) => failure.includes(`alertname=\\"${alert}\\"`));
      expect(own.filter((failure) => failure.includes(`condition=\\"${condition}\\"`))).toEqual([]);
    },
  );

  it('nothing else fails', () => {
    expect(failures).toBe('');
  });
});

it('every alert rule has a case', () => {
  expect([...new Set(cases.map(({ alert }) => alert))].toSorted()).toEqual(
    rules.map(({ alert }) => alert).toSorted(),
  );
});
