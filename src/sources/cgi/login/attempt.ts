import type { Challenge } from './challenges.ts';

/** How a request is authenticated (camera-protocol.md section 1). */
export type AuthWay =
  | { readonly kind: 'none' }
  | { readonly kind: 'header'; readonly challenge: Challenge }
  /** `user` and `pwd` in the query. */
  | { readonly kind: 'query' }
  /** `session` in the query, from create_session.cgi; the id is as secret as the password. */
  | { readonly kind: 'session'; readonly id: string };

export interface Attempt {
  readonly way: AuthWay;
  /** It worked for an earlier request and was not renewed since. */
  readonly isRemembered: boolean;
  /** A new nonce was already taken for this request, or a new session that did not help. */
  readonly isRenewed: boolean;
}

/** Whether a request in this way shows the password, for the camera to count when it is wrong. */
export function carriesPassword({ kind }: AuthWay): boolean {
  return kind === 'header' || kind === 'query';
}
