import { execFile } from 'node:child_process';

export interface ProbedStream {
  readonly codec_type: 'video' | 'audio';
  readonly codec_name: string;
  readonly width?: number;
  readonly height?: number;
  readonly pix_fmt?: string;
  readonly color_range?: string;
  readonly color_space?: string;
  readonly sample_rate?: string;
  readonly channels?: number;
  readonly nb_read_frames: string;
}

export interface ProbedFrame {
  readonly media_type: 'video' | 'audio';
  readonly key_frame: number;
  readonly pts_time: string;
}

/** What ffprobe, which decodes every frame, finds in the bytes. `errors` is what it complains of. */
export function probe(
  bytes: Buffer,
  format: 'mov' | 'mjpeg' | 'h264',
): Promise<{ streams: ProbedStream[]; frames: ProbedFrame[]; errors: string }> {
  const shown = ['-count_frames', '-show_streams', '-show_frames', '-of', 'json'];
  return new Promise((resolve, reject) => {
    const child = execFile(
      '/usr/bin/ffprobe',
      ['-v', 'error', ...shown, '-f', format, '-i', 'pipe:0'],
      { maxBuffer: 1e8 },
      (error, stdout, stderr) => {
        if (error !== null) reject(new Error(stderr, { cause: error }));
        else resolve({ ...(JSON.parse(stdout) as { streams: []; frames: [] }), errors: stderr });
      },
    );
    child.stdin?.on('error', () => undefined).end(bytes);
  });
}
