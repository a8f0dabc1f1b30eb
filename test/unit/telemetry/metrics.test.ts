import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HttpStats } from '../../../src/http/http-stats.ts';
import { createMetrics, metricDocs, type Metrics } from '../../../src/telemetry/metrics.ts';
import { FakeCamera, registryOf } from '../http/fake-camera.ts';

const promtool = '/usr/bin/promtool';

function metricsOf(http = new HttpStats()): Metrics {
  return createMetrics({
    registry: registryOf(new FakeCamera('front'), new FakeCamera('back')),
    buildInfo: { version: '1.2.3', node: '20.20.0', ffmpegVersion: '5.1', ffmpegSource: 'system' },
    http,
  });
}

describe('createMetrics', () => {
  it('shows the counters of every camera', async () => {
    const lines = (await metricsOf().render()).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'camgate_upstream_up{camera="front"} 1',
        'camgate_upstream_up{camera="back"} 1',
        'camgate_upstream_state{camera="front",state="live"} 1',
        'camgate_upstream_state{camera="front",state="backing-off"} 0',
        'camgate_upstream_connects_total{camera="front",outcome="timeout"} 1',
        'camgate_viewers{camera="front",protocol="mjpeg"} 0',
        'camgate_ffmpeg_up{camera="front"} 1',
        'camgate_build_info{version="1.2.3",node="20.20.0",ffmpeg_version="5.1",ffmpeg_source="system"} 1',
      ]),
    );
  });

  it('leaves out what is not known', async () => {
    const text = await metricsOf().render();
    expect(text).not.toMatch(/^camgate_upstream_last_keyframe_age_seconds\{/m);
  });

  it('renders histograms whole', async () => {
    const http = new HttpStats();
    http.observe('playlist', 200, 0.002);
    http.observe('playlist', 200, 20);
    const lines = (await metricsOf(http).render()).split('\n');
    const part = lines.filter(
      (line) => line.startsWith('camgate_hls_part_seconds') && line.includes('front'),
    );
    expect(part).toEqual([
      'camgate_hls_part_seconds_bucket{camera="front",le="0.5"} 1',
      'camgate_hls_part_seconds_bucket{camera="front",le="1"} 3',
      'camgate_hls_part_seconds_bucket{camera="front",le="2"} 4',
      'camgate_hls_part_seconds_bucket{camera="front",le="+Inf"} 5',
      'camgate_hls_part_seconds_sum{camera="front"} 6.5',
      'camgate_hls_part_seconds_count{camera="front"} 5',
    ]);
    const name = 'camgate_http_request_seconds';
    expect(lines).toEqual(
      expect.arrayContaining([
        `${name}_bucket{route="playlist",status="200",le="0.001"} 0`,
        `${name}_bucket{route="playlist",status="200",le="0.0025"} 1`,
        `${name}_bucket{route="playlist",status="200",le="10"} 1`,
        `${name}_bucket{route="playlist",status="200",le="+Inf"} 2`,
        `${name}_sum{route="playlist",status="200"} 20.002`,
      ]),
    );
  });

  it('reads at the scrape, not before', async () => {
    const camera = new FakeCamera('front');
    const metrics = createMetrics({
      registry: registryOf(camera),
      buildInfo: { version: '1', node: '20', ffmpegVersion: '5', ffmpegSource: 'system' },
      http: new HttpStats(),
    });
    await metrics.render();
    camera.viewers.delivered('mjpeg', 77);
    expect(await metrics.render()).toContain(
      'camgate_delivered_bytes_total{camera="front",protocol="mjpeg"} 77',
    );
  });

  it('documents exactly what it renders', async () => {
    const http = new HttpStats();
    http.observe('page', 200, 1);
    const text = await metricsOf(http).render();
    const rendered = [...text.matchAll(/^# TYPE (camgate_\S+) (\w+)$/gm)].map(([, name, type]) => ({
      name,
      type,
    }));
    expect(rendered).toEqual(metricDocs.map(({ name, type }) => ({ name, type })));
    for (const { name, help, labels } of metricDocs) {
      expect(text).toContain(`# HELP ${name} ${help}`);
      const series = new RegExp(`^${name}(?:_bucket)?\\{(.*)\\} `, 'm').exec(text)?.[1];
      if (series === undefined) continue;
      const found = [...series.matchAll(/(\w+)="/g)].map(([, label]) => label);
      expect(found.filter((label) => label !== 'le')).toEqual(labels);
    }
  });

  it.skipIf(!existsSync(promtool))(
    'is clean for promtool (skipped where /usr/bin/promtool is missing)',
    async () => {
      const http = new HttpStats();
      http.observe('media', 206, 0.1);
      const input = await metricsOf(http).render();
      const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], {
        input,
        encoding: 'utf8',
      });
      expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: '' });
    },
  );
});
