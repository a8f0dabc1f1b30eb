/** The only paths that are ever asked of a camera; nothing that changes it or tells its secrets is among them. */
export type CameraPath =
  | 'av.asf'
  | 'videostream.asf'
  | 'videostream.cgi'
  | 'snapshot.cgi'
  | 'request_av.cgi'
  | 'create_session.cgi'
  | 'close_session.cgi'
  | 'get_status.cgi'
  | 'get_badauth.cgi';

export type CameraParameters = Readonly<Record<string, string | number>>;

/**
 * Address of a path beside the configured one: a camera may be reached under a prefix of a proxy, and the configured
 * address may itself be one of its streams.
 */
export function cameraUrl(base: URL, path: CameraPath, parameters: CameraParameters): URL {
  const url = new URL(path, base);
  url.search = '';
  return withParameters(url, parameters);
}

/** The address with these query parameters added, percent-encoded: these servers do not read `+` as a space. */
export function withParameters(url: URL, parameters: CameraParameters): URL {
  const pairs = Object.entries(parameters);
  return withQuery(
    url,
    pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`),
  );
}

/** The address with these pairs added to its query, as they are. */
export function withQuery(url: URL, added: readonly string[]): URL {
  const result = new URL(url);
  result.hash = '';
  if (added.length > 0) {
    result.search = [result.search.slice(1), ...added].filter((part) => part !== '').join('&');
  }
  return result;
}
