import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { metricDocs } from '../../../src/telemetry/metrics.ts';
import { canUse } from '../../programs.ts';
import { deployPath, readDeploy } from './files.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string }[];
}

const rules = (
  parse(readDeploy('prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] }
).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(readDeploy('grafana/dashboards/camgate.json')) as {
  uid: string;
  panels: Panel[];
  templating: unknown;
  annotations: { list: { expr: string }[] };
};
const expressions = [
  ...rules.map((rule) => rule.expr),
  ...dashboard.panels.flatMap((panel) => (panel.targets ?? []).map((target) => target.expr)),
  JSON.stringify(dashboard.templating),
];

const series = metricDocs.flatMap(({ name, type }) =>
  type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
);

const canPromtool = canUse('promtool', 'prometheus');

describe('alerts and dashboard', () => {
  it('use no metric that camgate does not have', () => {
    const used = new Set(expressions.flatMap((text) => text.match(/camgate_[a-z_]+/g) ?? []));
    expect([...used].filter((name) => !series.includes(name))).toEqual([]);
    expect(used.size).toBeGreaterThan(20);
  });

  it('use no label that the metric does not have', () => {
    const wrong = expressions.flatMap((text) =>
      [...text.matchAll(/(camgate_[a-z_]+)\{([^}]*)\}/g)].flatMap(
        ([, name = '', matchers = '']) => {
          const doc = metricDocs.find((each) => name.startsWith(each.name));
          const labels = [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(
            ([, label]) => label,
          );
          return labels
            .filter((label) => !doc?.labels.includes(label ?? ''))
            .map((label) => `${name}.${label}`);
        },
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('take the rate of counters only', () => {
    const rated = expressions.flatMap((text) =>
      [...text.matchAll(/(?:rate|increase)\((camgate_[a-z_]+)/g)].map(([, name = '']) => name),
    );
    expect(rated.filter((name) => !/_(total|bucket|count|sum)$/.test(name))).toEqual([]);
  });
});

describe('alert rules', () => {
  it('cover what goes wrong, with a severity and texts for people', () => {
    expect(rules.map((rule) => rule.alert)).toEqual([
      'CamgateDown',
      'CamgateRestarting',
      'CameraDown',
      'CameraWrongPassword',
      'CameraStale',
      'CameraFlapping',
      'FfmpegRestarts',
      'EncoderTooSlow',
      'DiskErrors',
      'CameraClockDrifts',
      'ViewersTooSlow',
    ]);
    for (const { labels, annotations } of rules) {
      expect(labels['severity']).toMatch(/^(critical|warning|info)$/);
      expect(Object.keys(annotations)).toEqual(['summary', 'description']);
    }
  });

  it('each have a test', () => {
    const tests = readDeploy('prometheus/alerts.test.yml');
    expect(rules.filter((rule) => !tests.includes(`alertname: ${rule.alert}\n`))).toEqual([]);
  });

  it.runIf(canPromtool)('are accepted by promtool, and fire when they should', () => {
    const promtool = (...args: string[]): string =>
      execFileSync('promtool', args, { encoding: 'utf8' });
    expect(promtool('check', 'config', deployPath('prometheus/prometheus.yml'))).toContain(
      'SUCCESS',
    );
    expect(promtool('check', 'rules', deployPath('prometheus/alerts.yml'))).toContain('SUCCESS');
    expect(promtool('test', 'rules', deployPath('prometheus/alerts.test.yml'))).toContain(
      'SUCCESS',
    );
  });
});

describe('dashboard', () => {
  it('has panels of its own place, each with a question to ask', () => {
    expect(new Set(dashboard.panels.map((panel) => panel.id)).size).toBe(dashboard.panels.length);
    const shown = dashboard.panels.filter((panel) => panel.type !== 'row');
    expect(shown.filter((panel) => (panel.targets ?? []).length === 0)).toEqual([]);
    for (const a of dashboard.panels) {
      expect(a.gridPos.x + a.gridPos.w).toBeLessThanOrEqual(24);
      expect(dashboard.panels.filter((b) => b !== a && overlap(a, b)).map((b) => b.title)).toEqual(
        [],
      );
    }
  });

  it('marks every alert in its graphs', () => {
    const [, names = ''] =
      /alertname=~"([^"]+)"/.exec(dashboard.annotations.list[0]?.expr ?? '') ?? [];
    const marked = new RegExp(`^(?:${names})$`);
    expect(rules.filter((rule) => !marked.test(rule.alert))).toEqual([]);
  });

  it('shows disk, gaps, back-off, and who failed why', () => {
    const asked = dashboard.panels.flatMap((panel) => panel.targets ?? []).map(({ expr }) => expr);
    for (const name of [
      'camgate_hls_disk_bytes',
      'camgate_hls_disk_errors_total',
      'camgate_hls_gaps_total',
      'camgate_upstream_backoff_seconds',
    ]) {
      expect(asked.filter((expr) => expr.includes(name))).not.toEqual([]);
    }
    expect(asked.filter((expr) => expr.includes('by (camera, outcome)'))).not.toEqual([]);
    expect(asked.filter((expr) => expr.includes('by (camera, reason)'))).not.toEqual([]);
  });

  it.runIf(canPromtool)('asks in PromQL that promtool can read', () => {
    const filled = dashboard.panels.flatMap((panel) => panel.targets ?? []).map(fill);
    const group = {
      name: 'dashboard',
      rules: filled.map((expr, at) => ({ record: `q${at}`, expr })),
    };
    const checked = promtool(['check', 'rules'], { groups: [group] });
    expect(checked.stderr).toBe('');
    expect(checked.stdout).toContain(`${filled.length} rules found`);
  });

  const front = { instance: 'gate:8080', camera: 'front' };
  const yard = { instance: 'gate:8080', camera: 'yard' };

  it.runIf(canPromtool)('leaves ages of idle cameras out, which would flatten the others', () => {
    const ages = ['camgate_upstream_last_frame_age_seconds', 'camgate_snapshot_age_seconds'];
    const input = ages.flatMap((name) => [
      { series: `${name}${labels(front)}`, values: '0.1x20' },
      { series: `${name}${labels(yard)}`, values: '0+60x20' },
    ]);
    input.push(
      { series: `camgate_upstream_state${labels({ ...front, state: 'idle' })}`, values: '0x20' },
      { series: `camgate_upstream_state${labels({ ...front, state: 'live' })}`, values: '1x20' },
      { series: `camgate_upstream_state${labels({ ...yard, state: 'idle' })}`, values: '1x20' },
      { series: `camgate_upstream_state${labels({ ...yard, state: 'live' })}`, values: '0x20' },
    );
    const queries = ages.map((name) => {
      const [panel] = dashboard.panels.filter(({ type, targets }) => {
        return type === 'timeseries' && targets?.[0]?.expr.startsWith(name);
      });
      const only = { labels: `${name}${labels(front)}`, value: 0.1 };
      return { expr: fill(panel?.targets?.[0]), eval_time: '10m', exp_samples: [only] };
    });
    expect(answers(input, queries)).toContain('SUCCESS');
  });

  it.runIf(canPromtool)('counts the first failure of a camera too', () => {
    const [query] = dashboard.panels
      .flatMap((panel) => panel.targets ?? [])
      .filter(({ expr }) => expr.includes('by (camera, outcome)') && expr.includes('sort_desc'));
    const name = 'camgate_upstream_connects_total';
    const input = [
      { series: `${name}${labels({ ...front, outcome: 'wrong-password' })}`, values: '_x190 1x20' },
      { series: `${name}${labels({ ...front, outcome: 'ok' })}`, values: '1x210' },
      { series: `${name}${labels({ ...yard, outcome: 'timeout' })}`, values: '7x200 7 8x10' },
      { series: `${name}${labels({ ...yard, outcome: 'closed' })}`, values: '5x210' },
    ];
    const expected = [
      { labels: labels({ camera: 'front', outcome: 'wrong-password' }), value: 1 },
      { labels: labels({ camera: 'yard', outcome: 'timeout' }), value: 1 },
    ];
    const queries = [{ expr: fill(query), eval_time: '205m', exp_samples: expected }];
    expect(answers(input, queries)).toContain('SUCCESS');
  });
});

/** With what Grafana would fill in; the range is an hour. */
function fill(target: { readonly expr: string } | undefined): string {
  return (target?.expr ?? '')
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__range', '1h')
    .replaceAll('$camera', '.*');
}

function labels(pairs: Readonly<Record<string, string>>): string {
  return `{${Object.entries(pairs)
    .map(([name, value]) => `${name}="${value}"`)
    .join(', ')}}`;
}

/** What promtool says to queries of these series, one value a minute. */
function answers(
  input: readonly { readonly series: string; readonly values: string }[],
  queries: readonly object[],
): string {
  const test = { interval: '1m', input_series: input, promql_expr_test: queries };
  const { stdout, stderr } = promtool(['test', 'rules'], { rule_files: [], tests: [test] });
  return stdout + stderr;
}

function promtool(command: readonly string[], content: object) {
  const folder = mkdtempSync(path.join(tmpdir(), 'camgate-dashboard-'));
  const file = path.join(folder, 'rules.yml');
  writeFileSync(file, JSON.stringify(content));
  const result = spawnSync('promtool', [...command, file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  return result;
}

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
