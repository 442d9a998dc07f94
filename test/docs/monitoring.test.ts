/** The alerts and the dashboard in `deploy` read metrics, labels and values that the service gives. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { collectDefaultMetrics, type Registry } from 'prom-client';
import t from 'tap';
import { parse } from 'yaml';
import { JobStatus } from '#publishing/job';
import { createMetrics } from '#service/plugins/metrics';

const DEPLOY = resolve(import.meta.dirname, '../../deploy');
const read = (name: string): string => readFileSync(join(DEPLOY, name), 'utf8');

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly what_to_do: string };
}
const alerts = (parse(read('alerts.yaml')) as { groups: { rules: Alert[] }[] }).groups.flatMap(({ rules }) => rules);

interface Dashboard {
  readonly panels: readonly { readonly id: number; readonly targets: readonly { readonly expr: string }[] }[];
}
const dashboard = JSON.parse(read('dashboard.json')) as Dashboard;
const shown = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

/** Names with their labels, as Prometheus has them: a histogram has three names and one more label. */
async function known(registry: Registry): Promise<ReadonlyMap<string, readonly string[]>> {
  collectDefaultMetrics({ register: registry });
  const all = registry.getMetricsAsArray() as unknown as {
    name: string;
    labelNames?: readonly string[];
    buckets?: unknown;
  }[];
  return new Map([
    ['up', ['job', 'instance']],
    ...all.flatMap(({ name, labelNames = [], buckets }): [string, readonly string[]][] =>
      buckets === undefined
        ? [[name, labelNames]]
        : ['_bucket', '_sum', '_count'].map((end) => [name + end, [...labelNames, 'le']]),
    ),
  ]);
}

const STATUSES = (JobStatus as unknown as { enum: readonly string[] }).enum;

const SELECTOR = /\b(cenr_\w+|process_\w+|nodejs_\w+|up)\b(?:\{([^}]*)\})?/g;

t.test('every metric that is named exists, with the labels that are asked for', async (t) => {
  const metrics = await known(createMetrics().registry);
  const used = new Set<string>();
  for (const expr of [...alerts.map(({ expr }) => expr), ...shown]) {
    for (const [, name, labels = ''] of expr.matchAll(SELECTOR)) {
      const has = metrics.get(name as string);
      t.ok(has, `${name} in ${expr}`);
      used.add((name as string).replace(/_(bucket|sum|count)$/, ''));
      for (const [, label] of labels.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g))
        t.ok(has?.includes(label as string), `${label} of ${name}`);
      for (const [, status] of name === 'cenr_extracts_total' ? labels.matchAll(/status="(\w+)"/g) : [])
        t.ok(STATUSES.includes(status as string), `${status} is a status of an extract`);
    }
    const labelsOf = [...expr.matchAll(SELECTOR)].flatMap(([, name]) => metrics.get(name as string) ?? []);
    for (const [, by = ''] of expr.matchAll(/\bby \(([^)]*)\)/g))
      for (const label of by.split(/,\s*/)) t.ok(labelsOf.includes(label), `by ${label}: ${expr}`);
  }
  for (const name of createMetrics()
    .registry.getMetricsAsArray()
    .map(({ name }) => name))
    t.ok(used.has(name), `${name} is shown or watched`);
});

t.test('every alert says how bad it is, what it is and what to do', async (t) => {
  t.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
  for (const { alert, labels, annotations } of alerts) {
    t.match(alert, /^Cenr[A-Z]\w+$/);
    t.match(labels.severity, /^(page|ticket)$/, alert);
    t.ok(annotations.summary && annotations.what_to_do, alert);
  }
  const ids = dashboard.panels.map(({ id }) => id);
  t.equal(new Set(ids).size, ids.length);
});
