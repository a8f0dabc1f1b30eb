import type { CameraCounters } from '../outputs/viewable-camera.ts';
import { by, family, single, type MetricFamily } from './metric-family.ts';

/** The ffmpeg children of each camera. */
export const ffmpegMetrics: readonly MetricFamily<CameraCounters>[] = [
  family(
    'ffmpeg_up',
    { help: 'Running ffmpeg children of the camera.' },
    single((camera) => camera.ffmpegChildren.length),
  ),
  family(
    'ffmpeg_restarts_total',
    { help: 'Unplanned restarts of ffmpeg children, by reason.', labels: ['reason'] },
    by('reason', (camera) => camera.ffmpegRestartsTotal),
  ),
  family(
    'encoder_dropped_frames_total',
    { help: 'Video frames dropped because the encoder was too slow.' },
    single((camera) => camera.encoderDropsTotal),
  ),
  family(
    'ffmpeg_cpu_seconds_total',
    { help: 'Processor time of the ffmpeg children, including past ones.' },
    single((camera) => camera.ffmpegCpuSecondsTotal),
  ),
  family(
    'ffmpeg_resident_bytes',
    {
      help: 'Memory of the running ffmpeg children; shared pages are divided among them where known.',
    },
    single((camera) => camera.ffmpegResidentBytes),
  ),
];
