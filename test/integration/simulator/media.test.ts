import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { CameraSimulator, SimulatorOptions } from '../../../src/simulator/camera-simulator.ts';
import { readStrip } from '../../../src/simulator/streams/frame-strip.ts';
import { addressOf, ffmpegBuilds, run, startCamera } from './rig.ts';

/** Sends 5 s of the past at once, so that a reader need not wait for them. */
function camera(options: Partial<SimulatorOptions> = {}): Promise<CameraSimulator> {
  return startCamera({ initialBurstMs: 5000, ...options });
}

interface ProbedStream {
  readonly codec_name: string;
  readonly width?: number;
  readonly height?: number;
  readonly r_frame_rate: string;
  readonly sample_rate?: string;
  readonly channels?: number;
  readonly profile?: string;
}

async function probe(address: string): Promise<{ streams: ProbedStream[]; complaints: string }> {
  const args = ['-v', 'warning', '-of', 'json', '-show_streams', address];
  const { stdout, stderr } = await run('ffprobe', args, { timeout: 20_000 });
  return {
    streams: (JSON.parse(stdout) as { streams: ProbedStream[] }).streams,
    complaints: stderr,
  };
}

/** What ffmpeg says when it decodes 3 s of everything; its guess about mono sound is no complaint. */
async function complaintsOf(ffmpeg: string, address: string): Promise<string> {
  const args = ['-nostdin', '-v', 'warning', '-t', '3', '-i', address, '-f', 'null', '-'];
  const { stderr } = await run(ffmpeg, args, { timeout: 20_000 });
  return stderr.replaceAll(/^Guessed Channel Layout.*\n/gm, '');
}

/** Raw output of ffmpeg for one input. */
async function decode(ffmpeg: string, args: readonly string[]): Promise<Buffer> {
  const child = spawn(ffmpeg, ['-nostdin', '-v', 'error', ...args, 'pipe:1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(child, 'close');
  return Buffer.concat(chunks);
}

describe.each(ffmpegBuilds)('made and read with the %s ffmpeg', (_name, ffmpegPath) => {
  const video = { h264: { codec_name: 'h264' }, mjpeg: { codec_name: 'mjpeg' } };
  const sound = (codec: string): Partial<ProbedStream> => ({
    codec_name: codec,
    sample_rate: '8000',
    channels: 1,
  });

  it.each([
    ['h264', 'adpcm', sound('adpcm_ima_wav')],
    ['mjpeg', 'adpcm', sound('adpcm_ima_wav')],
    ['h264', 'g711', sound('pcm_mulaw')],
    ['h264', 'alaw', sound('pcm_alaw')],
    ['mjpeg', 'pcm', sound('pcm_s16le')],
  ] as const)('av.asf carries %s and %s', async (codec, audio, soundStream) => {
    await using simulator = await camera({ ffmpegPath, video: codec, audio });
    const address = addressOf(simulator, 'av.asf');
    const { streams, complaints } = await probe(address);
    expect(complaints).toBe('');
    expect(streams).toMatchObject([
      { ...video[codec], width: 160, height: 120, r_frame_rate: '10/1' },
      soundStream,
    ]);
    expect(await complaintsOf(ffmpegPath, address)).toBe('');
  });

  it.each([
    ['no audio track', { audio: 'none' }, '', ['h264']],
    ['video only when asked', {}, 'audio=0', ['h264']],
    ['sound only when asked', {}, 'video=0', ['adpcm_ima_wav']],
    ['no key flags', { asfKeyFlags: false }, '', ['h264', 'adpcm_ima_wav']],
    ['parameter sets in band', { parameterSets: 'in-band' }, '', ['h264', 'adpcm_ima_wav']],
    ['parameter sets in the header', { parameterSets: 'header' }, '', ['h264', 'adpcm_ima_wav']],
    ['HTTP chunks', { isChunked: true }, '', ['h264', 'adpcm_ima_wav']],
  ] as const)('av.asf with %s', async (_what, options, query, codecs) => {
    await using simulator = await camera({ ffmpegPath, ...options });
    const address = addressOf(simulator, `av.asf?${query}`);
    const { streams, complaints } = await probe(address);
    expect(streams.map(({ codec_name }) => codec_name)).toEqual(codecs);
    expect(complaints).toBe('');
    expect(await complaintsOf(ffmpegPath, address)).toBe('');
  });

  it('declares a silent audio track', async () => {
    await using simulator = await camera({ ffmpegPath, audio: 'silent' });
    const url = addressOf(simulator, 'av.asf');
    const args = [
      '-v',
      'error',
      '-analyzeduration',
      '1M',
      '-count_packets',
      '-read_intervals',
      '%+#30',
    ];
    const entries = ['-show_entries', 'stream=codec_name,nb_read_packets', '-of', 'csv=p=0'];
    const { stdout } = await run('ffprobe', [...args, ...entries, url], { timeout: 20_000 });
    const [videoLine = '', audioLine] = stdout.trim().split('\n');
    expect(videoLine).toMatch(/^h264,\d+$/);
    expect(audioLine).toMatch(/^adpcm_ima_wav,(0|N\/A)$/);
  });

  it('videostream.cgi is a row of JPEGs', async () => {
    await using simulator = await camera({ ffmpegPath, profile: 'foscam' });
    const address = addressOf(simulator, 'videostream.cgi');
    const { streams, complaints } = await probe(address);
    expect(complaints).toBe('');
    expect(streams).toMatchObject([{ codec_name: 'mjpeg', width: 160, height: 120 }]);
    expect(await complaintsOf(ffmpegPath, address)).toBe('');
  });

  it('the foscam has MJPEG in videostream.asf', async () => {
    await using simulator = await camera({ ffmpegPath, profile: 'foscam' });
    const { streams } = await probe(addressOf(simulator, 'videostream.asf'));
    expect(streams.map(({ codec_name }) => codec_name)).toEqual(['mjpeg', 'adpcm_ima_wav']);
  });

  it.each([
    ['h264', '640x360', 640, 360],
    ['h264', '160x120', 320, 240],
    ['mjpeg', '640x360', 192, 108],
  ] as const)(
    'the strip of %s survives coding and scaling from %s to %ix%i',
    async (codec, from, width, height) => {
      const [ownWidth, ownHeight] = from.split('x').map(Number) as [number, number];
      await using simulator = await camera({
        ffmpegPath,
        video: codec,
        width: ownWidth,
        height: ownHeight,
      });
      const address = addressOf(simulator, 'av.asf?audio=0');
      const plain = ['-vsync', 'passthrough', '-pix_fmt', 'gray', '-f', 'rawvideo'];
      const scale = ['-vf', `scale=${width}:${height}`, ...plain];
      const pictures = await decode(ffmpegPath, ['-i', address, '-frames:v', '30', ...scale]);
      const numbers = Array.from({ length: pictures.length / (width * height) }, (_, n) => {
        const start = n * width * height;
        return readStrip((x, y) => pictures[start + y * width + x] ?? 0, width, height);
      });
      const [first = 0] = numbers;
      const loopLength = 260;
      expect(numbers).toHaveLength(30);
      expect(numbers).toEqual(numbers.map((_, n) => (first + n) % loopLength));
    },
  );

  it('keyframes come exactly as often as the GOP says', async () => {
    await using simulator = await camera({ ffmpegPath, gopSeconds: 2, asfKeyFlags: false });
    const address = addressOf(simulator, 'av.asf?audio=0');
    const entries = ['-show_entries', 'frame=key_frame,pict_type', '-of', 'csv=p=0'];
    const args = ['-v', 'error', '-read_intervals', '%+#50', ...entries, address];
    const types = (await run('ffprobe', args, { timeout: 20_000 })).stdout.trim().split('\n');
    const keys = types.flatMap((type, index) => (type.includes('I') ? [index] : []));
    expect(keys.slice(0, 2)).toEqual([0, 20]);
    expect(types.join()).not.toContain('B');
  });
});

describe.each([
  ['adpcm', {}],
  ['adpcm', { adpcmBlockBytes: 256 }],
  ['g711', {}],
  ['alaw', {}],
  ['pcm', {}],
] as const)('sound as %s %j', (audio, options) => {
  it('is the tone with a beep each second, when ffmpeg decodes it', async () => {
    await using simulator = await camera({ audio, ...options });
    const address = addressOf(simulator, 'av.asf?video=0');
    const bytes = await decode('ffmpeg', ['-t', '2', '-i', address, '-ar', '8000', '-f', 's16le']);
    const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
    const power = (fromMs: number, toMs: number, frequency: number): number => {
      const [from, to] = [fromMs * 8, toMs * 8];
      let [sine, cosine] = [0, 0];
      for (let n = from; n < to; n++) {
        const angle = (2 * Math.PI * frequency * n) / 8000;
        sine += (samples[n] ?? 0) * Math.sin(angle);
        cosine += (samples[n] ?? 0) * Math.cos(angle);
      }
      return (2 * Math.hypot(sine, cosine)) / (to - from);
    };
    for (const second of [0, 1000]) {
      expect(power(second + 25, second + 75, 880)).toBeGreaterThan(4000);
      expect(power(second + 200, second + 900, 880)).toBeLessThan(150);
      expect(power(second + 200, second + 900, 220)).toBeGreaterThan(400);
      expect(power(second + 200, second + 900, 220)).toBeLessThan(600);
    }
  });
});

it.each([
  [40, {}],
  [63, { adpcmBlockBytes: 256 }],
])('ADPCM comes in blocks of %i ms with %j', async (blockMs, options) => {
  await using simulator = await camera(options);
  const address = addressOf(simulator, 'av.asf?video=0');
  const entries = ['-show_entries', 'packet=pts_time', '-of', 'csv=p=0'];
  const args = ['-v', 'error', '-read_intervals', '%+#10', ...entries, address];
  const times = (await run('ffprobe', args, { timeout: 20_000 })).stdout.trim().split('\n');
  const steps = times.slice(1).map((time, index) => Number(time) - Number(times[index]));
  expect(steps.length).toBeGreaterThan(5);
  for (const step of steps) expect(Math.abs(step * 1000 - blockMs)).toBeLessThan(2);
});

it('frames come in real time and the journal knows when', async () => {
  await using simulator = await camera({ initialBurstMs: 0 });
  const address = addressOf(simulator, 'av.asf');
  await run('ffmpeg', ['-v', 'error', '-t', '2', '-i', address, '-f', 'null', '-'], {
    timeout: 20_000,
  });
  const times = [...simulator.journal.framesSent.values()];
  expect(times.length).toBeGreaterThan(16);
  // A busy machine sends a frame late, none sends one early: the clock is that of the earliest ones.
  const [first = 0] = times;
  const ahead = times.map((time, index) => time - first - index * 100);
  const half = Math.floor(ahead.length / 2);
  const drift = Math.min(...ahead.slice(half)) - Math.min(...ahead.slice(0, half));
  expect(Math.abs(drift)).toBeLessThan(half * 5);
});
