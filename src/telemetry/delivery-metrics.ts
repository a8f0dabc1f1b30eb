import type { CameraCounters } from '../outputs/viewable-camera.ts';
import { by, family, histogram, histogramFamily, single } from './metric-family.ts';
import type { MetricFamily } from './metric-family.ts';

const labels = ['protocol'];

/** What viewers get of each camera. */
export const viewerMetrics: readonly MetricFamily<CameraCounters>[] = [
  family(
    'viewers',
    { help: 'Viewers of the camera, by protocol.', labels },
    by('protocol', (camera) => Object.entries(camera.viewers)),
  ),
  family(
    'delivered_bytes_total',
    { help: 'Media bytes handed to viewers, by protocol.', labels },
    by('protocol', (camera) => Object.entries(camera.deliveredBytesTotal)),
  ),
  family(
    'dropped_total',
    { help: 'Frames dropped for viewers that read too slowly, by protocol.', labels },
    by('protocol', (camera) => Object.entries(camera.droppedTotal)),
  ),
  family(
    'snapshot_age_seconds',
    { help: 'Age of the newest frame that a snapshot can show.' },
    single((camera) => camera.snapshotAgeSeconds),
  ),
  family(
    'snapshot_decodes_total',
    { help: 'Keyframes decoded for snapshots.' },
    single((camera) => camera.snapshotDecodesTotal),
  ),
];

/** The live window of each camera. */
export const hlsMetrics: readonly MetricFamily<CameraCounters>[] = [
  histogramFamily(
    'hls_segment_seconds',
    { help: 'Length of finished HLS segments.' },
    histogram((camera) => camera.segmentSeconds),
  ),
  histogramFamily(
    'hls_part_seconds',
    { help: 'Length of finished HLS parts.' },
    histogram((camera) => camera.partSeconds),
  ),
  family(
    'hls_window_bytes',
    { help: 'Memory taken by the live window.' },
    single((camera) => camera.windowBytes),
  ),
  family(
    'hls_disk_bytes',
    { help: 'Disk space taken by the live window.' },
    single((camera) => camera.windowDiskBytes),
  ),
  family(
    'hls_disk_errors_total',
    { help: 'Failed attempts to write or remove a segment file.' },
    single((camera) => camera.diskFailuresTotal),
  ),
  family(
    'hls_gaps_total',
    { help: 'Segments whose media was lost while players could still ask for them.' },
    single((camera) => camera.gapsTotal),
  ),
  family(
    'hls_blocked_requests',
    { help: 'Viewer requests that are waiting for the next part, or for the first.' },
    single((camera) => camera.blockedRequests),
  ),
  family(
    'hls_discontinuities_total',
    { help: 'Discontinuities written into the playlist.' },
    single((camera) => camera.discontinuitiesTotal),
  ),
];
