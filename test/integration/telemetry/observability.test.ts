// Compares the dashboard and the alert rules with the metrics that real processes export. Otherwise a renamed
// metric or a misspelt label would show only as an alert that never fires.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { type Sample, scrape, valueOf } from '../../support/exposition.ts';
import { startProcess, type SystemProcess } from '../../../harness/processes.ts';
import { readPromql, type Selector } from '../../support/promql.ts';

const root = path.resolve(import.meta.dirname, '../../../observability');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
}
interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}
const rules = (
  parse(read('prometheus/alerts.yml')) as { groups: readonly { rules: readonly Rule[] }[] }
).groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(read('grafana/dashboards/wallet.json')) as { panels: readonly Panel[] };
const prometheus = parse(read('prometheus/prometheus.yml')) as {
  scrape_configs: readonly { job_name: string }[];
};

/** Each expression with the labels that its description or its legend names. */
const expressions = [
  ...rules.map(({ alert, expr, annotations }) => ({
    where: alert,
    expr,
    named: [...annotations.description.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => String(label)),
  })),
  ...panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({
      where: title,
      expr,
      named: [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => String(label)),
    })),
  ),
];

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let server: SystemProcess;
let worker: SystemProcess;
/** The samples as Prometheus keeps them, with the labels `job` and `instance` that it adds. */
let exported: readonly Sample[];

beforeAll(async () => {
  database = await createTestDatabase();
  // Short drains, because an activity is counted when it ends.
  const config = testConfig(database.url, { DRAIN_BUDGET_MS: '2000', DRAIN_INTERVAL_S: '1' });
  [server, worker] = await Promise.all([startProcess('server', config), startProcess('worker', config)]);
  const post = (route: string, body: string) =>
    fetch(server.url + route, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  await post('/wallets', '{"walletId":"w-1","ownerId":"o","initialBalance":10}');
  expect((await post('/admin/recovery/verifyProjections', '{}')).status).toBe(202);
  exported = await eventually(async () => {
    const samples = [
      ...withJob(await scrape(server.url), 'wallet-api', server),
      ...withJob(await scrape(worker.url), 'wallet-worker', worker),
    ];
    const ratio = valueOf(samples, 'wallet_recovery_progress_ratio', { workflowType: 'verifyProjections' });
    const drained = samples.some(({ name }) => name.startsWith('temporal_activity_execution_latency'));
    // On a busy machine the first judgement of health may come after the first scrape.
    const judged = samples.some(({ name }) => name === 'wallet_health_condition');
    return ratio === 1 && drained && judged && samples;
  }, 40_000);
});
afterAll(async () => {
  await Promise.all([server.stop(), worker.stop()]);
  await database.drop();
});

function withJob(samples: readonly Sample[], job: string, { url }: SystemProcess): readonly Sample[] {
  const added = { job, instance: new URL(url).host };
  const up: Sample = { name: 'up', labels: {}, value: 1 };
  return [up, ...samples].map((sample) => ({ ...sample, labels: { ...sample.labels, ...added } }));
}

function seriesOf({ metric }: Selector): readonly Sample[] {
  return exported.filter(({ name }) => name === metric);
}

describe.each(expressions)('$where: $expr', ({ expr, named }) => {
  it('asks for what is exported, by labels that it has', () => {
    const { selectors, groupingLabels } = readPromql(expr);
    expect(selectors).not.toHaveLength(0);
    for (const selector of selectors) {
      const series = seriesOf(selector);
      expect(series, selector.metric).not.toHaveLength(0);
      for (const { label, operator, text } of selector.matchers) {
        const values = series.map(({ labels }) => labels[label]);
        expect(values, `${selector.metric}{${label}}`).not.toContain(undefined);
        if (operator === '=') expect(values, `${selector.metric}{${label}}`).toContain(text);
      }
    }
    for (const label of groupingLabels) {
      const bearers = selectors.filter((selector) =>
        seriesOf(selector).some(({ labels }) => label in labels),
      );
      expect(bearers, label).not.toHaveLength(0);
    }
  });

  it('is described by labels that are left in its result', () => {
    const { selectors, groupingLabels } = readPromql(expr);
    const isAggregated = /\b(sum|max|min|count|avg)\b/.test(expr);
    const left = isAggregated
      ? groupingLabels
      : selectors.flatMap((selector) => seriesOf(selector).flatMap(({ labels }) => Object.keys(labels)));
    for (const label of named) expect(left).toContain(label);
  });
});

describe('the alert rules', () => {
  it.each(rules)('$alert says what it means and where to read on', ({ alert, labels, annotations }) => {
    expect(['page', 'warn']).toContain(labels.severity);
    expect(annotations.summary).not.toBe('');
    expect(annotations.description).toMatch(/\.$/);
    // Prometheus fills in the condition, and docs/conditions.md has a section for each.
    const page = alert.startsWith('Condition')
      ? 'docs/conditions.md#{{ $labels.condition }}'
      : `docs/operations.md#${alert.toLowerCase()}`;
    expect(annotations.runbook_url).toBe(page);
  });

  it('have names of their own', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  it('name only jobs that Prometheus scrapes', () => {
    const jobs = prometheus.scrape_configs.map(({ job_name }) => job_name);
    expect(new Set(exported.map(({ labels }) => labels.job))).toEqual(new Set(jobs));
  });
});
