import { playablePath } from '../../lib/addresses.js';

/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {import('./engine.js').EngineContext} EngineContext */

/**
 * The gateway holds a request for up to 10 s on a cold start, and a blocking reload for up to three target durations;
 * only a longer silence is a failure. Retries of whole playlists are the ladder's business (recovery.js), so that there
 * is one back-off, not two.
 */
const policies = {
  manifestLoadPolicy: policy({ firstByteMs: 14_000, retries: 0 }),
  playlistLoadPolicy: policy({ firstByteMs: 8000, retries: 1 }),
  fragLoadPolicy: policy({ firstByteMs: 8000, retries: 2 }),
};

/** @param {{ firstByteMs: number, retries: number }} limits */
function policy({ firstByteMs, retries }) {
  const retry = { maxNumRetry: retries, retryDelayMs: 250, maxRetryDelayMs: 1000 };
  return {
    default: {
      maxTimeToFirstByteMs: firstByteMs,
      maxLoadTimeMs: 20_000,
      timeoutRetry: retry,
      errorRetry: retry,
    },
  };
}

/**
 * Wanted latency is the playlist's PART-HOLD-BACK (0.6 s with 200 ms parts), which hls.js takes when neither
 * liveSyncDuration nor liveSyncDurationCount is set.
 */
const hlsConfig = {
  ...policies,
  lowLatencyMode: true,
  maxLiveSyncPlaybackRate: 1, // pacing.js does it
  liveSyncOnStallIncrease: 0, // pacing.js too: hls.js would never forget a stall
  liveDurationInfinity: true,
  startFragPrefetch: true,
  testBandwidth: false, // one variant: measuring only delays the first picture
  maxBufferLength: 8,
  backBufferLength: 6, // live pictures are not watched again; memory of a wall left open for weeks
  // fMP4 needs no transmuxing, so a worker only costs its start; without one the page needs no blob: script.
  enableWorker: false,
};

/**
 * @param {EngineContext} context
 * @returns {Promise<Engine>}
 */
export async function createHlsEngine({ video, cameraId, onFailure, onFilling }) {
  const { default: Hls } = await import('../../vendor/hls.mjs');
  const hls = new Hls(hlsConfig);
  const source = new URL(playablePath(cameraId), location.href).href;
  /** The era (run of segments without a discontinuity) that the buffers refused. @type {number | undefined} */
  let refusedEra;
  hls.on(Hls.Events.ERROR, (_event, data) => {
    // hls.js would try again, but a track that appeared or disappeared, such as a camera's audio, would be refused
    // every time.
    const isRefused = data.details === 'bufferAppendError';
    if (isRefused) refusedEra = data.frag?.cc;
    if (data.fatal || isRefused) onFailure({ kind: failureKind(data), details: data.details });
  });
  const isFilling = () => !hls.hasEnoughToStart && video.buffered.length > 0;
  /** Where the first picture was shown from. @type {number | undefined} */
  let shownSeconds;
  hls.on(Hls.Events.BUFFER_APPENDED, () => {
    if (!isFilling()) return;
    onFilling();
    shownSeconds ??= showBufferStart(video);
  });
  hls.on(Hls.Events.FRAG_BUFFERED, () => {
    if (isFilling()) return; // hls.js has just looked whether that is enough
    // hls.js does not seek to its start while the video is still seeking to the picture that was shown.
    if (video.currentTime === shownSeconds && hls.startPosition > shownSeconds) {
      video.currentTime = hls.startPosition;
    }
    shownSeconds = undefined;
    onFilling();
  });
  hls.loadSource(source);
  hls.attachMedia(video);

  const jumpToLive = () => {
    const livePosition = hls.liveSyncPosition;
    if (livePosition !== null && Math.abs(livePosition - video.currentTime) > 0.2) {
      video.currentTime = livePosition;
    }
  };
  return {
    get kind() {
      return (hls.latestLevelDetails?.partTarget ?? 0) > 0 ? 'LL-HLS' : 'HLS';
    },
    positionSeconds: () => video.currentTime,
    isFilling,
    latencySeconds: () => (hls.latency > 0 ? hls.latency : null),
    targetLatencySeconds: () => hls.targetLatency,
    jumpToLive,
    past: () => {
      const startSeconds = hls.latestLevelDetails?.fragments[0]?.start;
      const liveSeconds = hls.liveSyncPosition;
      return startSeconds === undefined || liveSeconds === null
        ? null
        : { startSeconds, liveSeconds };
    },
    clockAt: (seconds) => {
      const dated = lastFragment(hls, ({ start }) => start <= seconds);
      return dated === undefined ? null : dated.atMs + (seconds - dated.start) * 1000;
    },
    positionAt: (clockMs) => {
      const dated = lastFragment(hls, ({ atMs }) => atMs <= clockMs);
      return dated === undefined ? null : dated.start + (clockMs - dated.atMs) / 1000;
    },
    reload: () => hls.loadSource(source),
    restartLoad: () => hls.startLoad(-1),
    recoverMedia: ({ isLive }) => {
      // New buffers take their tracks from the first data they get, which must not be the picture from before the
      // change.
      const startSeconds = eraStart(hls, refusedEra) ?? 0;
      const wantedSeconds = (isLive ? hls.liveSyncPosition : null) ?? video.currentTime;
      refusedEra = undefined;
      hls.recoverMediaError();
      hls.startLoad(Math.max(startSeconds, wantedSeconds));
    },
    suspend: () => hls.stopLoad(),
    resume: () => hls.startLoad(-1),
    destroy: () => hls.destroy(),
  };
}

/**
 * hls.js seeks to its start only when it has all parts from the keyframe before that up to the live edge, which it
 * requests one after the other. The keyframe can be shown as soon as the first of them is there; pacing.js keeps it
 * still.
 *
 * @param {HTMLVideoElement} video
 * @returns {number} in seconds
 */
function showBufferStart(video) {
  const start = video.buffered.start(0);
  if (video.currentTime < start) video.currentTime = start;
  return video.currentTime;
}

/**
 * The last listed segment that satisfies, with its place on both clocks: the video's and that of PROGRAM-DATE-TIME.
 *
 * @param {import('hls.js').default} hls
 * @param {(dated: { start: number, atMs: number }) => boolean} satisfies
 */
function lastFragment(hls, satisfies) {
  const fragments = hls.latestLevelDetails?.fragments ?? [];
  for (let index = fragments.length - 1; index >= 0; index -= 1) {
    const { start, programDateTime: atMs } = fragments[index] ?? {
      start: 0,
      programDateTime: null,
    };
    if (atMs !== null && satisfies({ start, atMs })) return { start, atMs };
  }
  return undefined;
}

/**
 * Where an era begins, in seconds of the video; undefined when it is not listed.
 *
 * @param {import('hls.js').default} hls
 * @param {number | undefined} era hls.js counts them in `cc`
 */
function eraStart(hls, era) {
  const details = hls.latestLevelDetails;
  const open = details?.fragmentHint; // the segment that so far has parts only
  const fragments = [...(details?.fragments ?? []), ...(open === undefined ? [] : [open])];
  return fragments.find(({ cc }) => cc === era)?.start;
}

/**
 * @param {{ type: string, details: string }} data of hls.js' ERROR event
 * @returns {import('../recovery.js').FailureKind}
 */
function failureKind({ type, details }) {
  if (details === 'manifestIncompatibleCodecsError' || details === 'bufferAddCodecError') {
    return 'unsupported';
  }
  if (details === 'levelEmptyError') return 'empty-playlist'; // parts, but no whole segment yet
  if (details.startsWith('manifest') || details.startsWith('level')) return 'playlist';
  if (type === 'networkError') return 'media-request';
  return type === 'mediaError' ? 'decoder' : 'other';
}
