/** What the gateway serves as vendor/hls.mjs. */
export { default } from 'hls.js';
