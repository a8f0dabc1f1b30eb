export const profileNames = ['classic', 'soso', 'drone', 'f99', 'foscam'] as const;
export type ProfileName = (typeof profileNames)[number];

export type AuthScheme = 'basic' | 'digest' | 'query' | 'session';

/** All paths that some profile answers. */
export const endpointNames = [
  'av.asf',
  'videostream.cgi',
  'videostream.asf',
  'snapshot.cgi',
  'request_av.cgi',
  'create_session.cgi',
  'close_session.cgi',
  'get_session_list.cgi',
  'check_user.cgi',
  'get_status.cgi',
  'get_params.cgi',
  'set_params.cgi',
  'get_properties.cgi',
  'get_badauth.cgi',
  'get_log.cgi',
  'is_mjpeg_stream_exist.cgi',
] as const;
export type EndpointName = (typeof endpointNames)[number];

/** What one family of devices does, as data (camera-protocol.md, feature matrix and section 10). */
export interface Profile {
  readonly server: string;
  readonly schemes: readonly AuthScheme[];
  readonly realm: string;
  readonly endpoints: readonly EndpointName[];
  readonly viewerLimit: number;
  /** Any Authorization header kills the connection. */
  readonly breaksOnAuthorization: boolean;
  /** An unknown ticket does not matter when the credentials are good. */
  readonly toleratesUnknownTicket: boolean;
  /** Locked out: closes every connection unanswered instead of answering 401. */
  readonly isSilentWhenLocked: boolean;
  /** Snapshots wedge when they are taken too fast, and `resolution` is kept for everybody. */
  readonly hasFragileSnapshots: boolean;
  readonly video: 'h264' | 'mjpeg';
  readonly firmware: string;
}

const common = {
  server: 'Boa/0.94.14rc21',
  realm: 'ip camera',
  viewerLimit: 4,
  breaksOnAuthorization: false,
  toleratesUnknownTicket: false,
  isSilentWhenLocked: false,
  hasFragileSnapshots: false,
  video: 'h264',
} as const;

const information = [
  'get_status.cgi',
  'get_params.cgi',
  'set_params.cgi',
  'get_properties.cgi',
] as const;
const sessions = ['create_session.cgi', 'close_session.cgi', 'get_session_list.cgi'] as const;

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  classic: {
    ...common,
    schemes: ['basic', 'query', 'session'],
    endpoints: endpointNames.filter((name) => name !== 'videostream.asf'),
    firmware: '17.37.2.39',
  },
  soso: {
    ...common,
    schemes: ['digest'],
    endpoints: [
      ...information,
      'request_av.cgi',
      'av.asf',
      'snapshot.cgi',
      'get_badauth.cgi',
      'get_log.cgi',
    ],
    firmware: '42.7.3.4.70',
  },
  drone: {
    ...common,
    schemes: ['query', 'session'],
    endpoints: [
      ...information,
      ...sessions,
      ...(['request_av.cgi', 'av.asf', 'videostream.cgi', 'snapshot.cgi'] as const),
      ...(['is_mjpeg_stream_exist.cgi', 'get_log.cgi'] as const),
    ],
    toleratesUnknownTicket: true,
    firmware: '21.37.2.47',
  },
  f99: {
    ...common,
    schemes: ['query'],
    endpoints: [...information, 'snapshot.cgi', 'check_user.cgi', 'get_badauth.cgi', 'get_log.cgi'],
    viewerLimit: 1,
    breaksOnAuthorization: true,
    isSilentWhenLocked: true,
    hasFragileSnapshots: true,
    video: 'mjpeg',
    firmware: '0.1.00000101.3.33',
  },
  foscam: {
    ...common,
    server: 'Netwave IP Camera',
    realm: 'ipcamera',
    schemes: ['basic', 'query'],
    endpoints: [
      'videostream.cgi',
      'videostream.asf',
      'snapshot.cgi',
      'get_status.cgi',
      'get_params.cgi',
    ],
    video: 'mjpeg',
    firmware: '11.22.2.51',
  },
};
