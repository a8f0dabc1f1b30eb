/**
 * Why a camera gives no frames. The words are stable: they are error codes, metric labels and API values.
 * Each has a retry pace of its own (src/camera/supervisor/retry-paces.ts).
 */
export const failureReasons = {
  'wrong-password': 'the camera does not accept the user name or password',
  'no-permission': 'the camera account may not watch this stream',
  'schedule-closed': 'the camera does not allow viewing at this time of day',
  'too-many-viewers': 'the camera already serves as many viewers as it can',
  'endpoint-absent': 'the camera has none of the stream addresses that were tried',
  'locked-out': 'the camera has locked all logins after too many failed ones',
  unreachable: 'no connection to the camera',
  timeout: 'the camera accepted the connection but did not answer in time',
  closed: 'the camera closed the stream',
  stalled: 'the camera stopped sending frames but keeps the connection open',
  'bad-answer': 'the camera answered with something that is no media stream',
  'frame-too-large': 'the frames of the camera are larger than camgate takes',
  'ffmpeg-failed': 'ffmpeg could not process what the camera sends',
} as const;

export type FailureReason = keyof typeof failureReasons;
