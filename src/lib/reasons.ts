/**
 * Why a camera delivers no frames. The names are stable: they are error codes, metric labels and API values. Each has
 * its own retry pace (src/camera/supervisor/retry-paces.ts).
 */
export const failureReasons = {
  'wrong-password': 'the camera does not accept the user name or password',
  'no-password': 'the camera asks for a user name and password, and none is configured',
  'no-permission': 'the camera refuses access to this stream',
  'schedule-closed': 'the camera does not allow viewing at this time of day',
  'too-many-viewers': 'the camera already serves as many viewers as it can',
  'endpoint-absent': 'the camera has none of the stream addresses that were tried',
  'locked-out': 'the camera has locked all logins after too many failed attempts',
  unreachable: 'no connection to the camera',
  timeout: 'the camera accepted the connection but did not answer in time',
  closed: 'the camera closed the stream',
  stalled: 'the connection is open, but the camera sends no frames',
  'bad-answer': 'the camera answered with something that is not a media stream',
  'frame-too-large': 'the frames of the camera are larger than camgate accepts',
  'ffmpeg-failed': 'ffmpeg could not process what the camera sends',
} as const;

export type FailureReason = keyof typeof failureReasons;
