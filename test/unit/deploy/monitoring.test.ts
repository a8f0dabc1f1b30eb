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

  it.runIf(canPromtool)('asks in PromQL that promtool can read', () => {
    const filled = dashboard.panels
      .flatMap((panel) => panel.targets ?? [])
      .map(({ expr }) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$camera', '.*'));
    const group = {
      name: 'dashboard',
      rules: filled.map((expr, at) => ({ record: `q${at}`, expr })),
    };
    const folder = mkdtempSync(path.join(tmpdir(), 'camgate-dashboard-'));
    const file = path.join(folder, 'rules.yml');
    writeFileSync(file, JSON.stringify({ groups: [group] }));
    const checked = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(checked.stderr).toBe('');
    expect(checked.stdout).toContain(`${filled.length} rules found`);
  });
});

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
