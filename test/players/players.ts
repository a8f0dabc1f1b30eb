import ffmpegInstaller from '@ffmpeg-installer/ffmpeg';
import { browserPlayer } from './browser/browser-players.ts';
import { ffmpegPlayer, ffplayPlayer, ffprobePlayer } from './programs/ffmpeg-players.ts';
import { gstreamerPlayer } from './programs/gstreamer-players.ts';
import { mpvPlayer } from './programs/mpv-player.ts';
import type { HlsJsVersion } from './browser/page-server.ts';
import type { Player } from './player.ts';
import { vlcPlayer } from './programs/vlc-player.ts';

/** Every player of the survey. `packages`: folder with node_modules of shaka-player and video.js. */
export function allPlayers(packages: string): Player[] {
  const inBrowser = (name: string, page: string, lowLatency?: boolean): Player => {
    const settings = lowLatency === undefined ? {} : { lowLatency: String(lowLatency) };
    return browserPlayer({ name, page, settings, packages });
  };
  const hlsJs = (version: HlsJsVersion): Player => {
    const settings = { lowLatency: 'true', version };
    return browserPlayer({ name: `hls.js-${version}`, page: 'hls-js.html', settings, packages });
  };
  return [
    inBrowser('hls.js', 'hls-js.html', true),
    inBrowser('hls.js-classic', 'hls-js.html', false),
    hlsJs('1.6.13'),
    hlsJs('1.6.2'),
    hlsJs('1.5.20'),
    inBrowser('chromium-native', 'native.html'),
    inBrowser('shaka', 'shaka.html'),
    inBrowser('shaka-classic', 'shaka.html', false),
    inBrowser('video.js', 'video-js.html', false),
    inBrowser('video.js-llhls', 'video-js.html', true),
    ffmpegPlayer('ffmpeg', 'ffmpeg'),
    ffmpegPlayer('ffmpeg-bundled', ffmpegInstaller.path),
    ffprobePlayer,
    ffplayPlayer,
    vlcPlayer('vlc', []),
    vlcPlayer('vlc-tuned', ['--network-caching=500', '--live-caching=500']),
    mpvPlayer('mpv', []),
    mpvPlayer('mpv-low-latency', ['--profile=low-latency']),
    gstreamerPlayer('gst-hlsdemux', 'playbin'),
    gstreamerPlayer('gst-hlsdemux2', 'playbin3'),
  ];
}
