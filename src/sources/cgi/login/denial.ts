import type { Attempt } from './attempt.ts';
import type { Challenge } from './challenges.ts';
import type { Reply, TextReply } from './reply.ts';

/** What a camera said instead of giving what was asked. */
export interface Denial {
  readonly form:
    /** 401: these credentials are missing or wrong. */
    | 'unauthorized'
    /** 403: they are known but not enough (RFC 9110 section 15.5.4). */
    | 'forbidden'
    /** A negative `result`: request_av.cgi refuses this caller. */
    | 'refused'
    /** A negative `error`, which may be about anything. */
    | 'error'
    | 'login-page'
    /** The firmware broke on the Authorization header. */
    | 'cannot-parse'
    /** No answer at all, or an empty one: how some refuse av.asf. */
    | 'silence';
  /** Supported challenges, best first. */
  readonly challenges: readonly Challenge[];
  /** Challenged by a kind of Digest that is not supported, and by nothing that is. */
  readonly isForeign: boolean;
  /** No kind of login is named. */
  readonly isBare: boolean;
}

/** The denial in a reply, undefined when it is the caller's business. */
export function denialOf(reply: Reply, attempt: Attempt, isAccepted: boolean): Denial | undefined {
  if (reply.type === 'media') return undefined;
  const form = formOf(reply, attempt, isAccepted);
  if (form === undefined) return undefined;
  return { form, challenges: reply.challenges, isForeign: reply.isForeign, isBare: reply.isBare };
}

/**
 * Answers of status 200 are doubtful. To an unknown caller every refusal may mean that it is unknown; with credentials
 * that have just worked it means what it says (videostream.cgi of a camera without MJPEG answers an error, too). That
 * they worked some time ago is not enough: the password may have been changed, or the session forgotten.
 */
function formOf(
  { status, content, isLoginWanted }: TextReply,
  { way, isRemembered }: Attempt,
  isAccepted: boolean,
): Denial['form'] | undefined {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status < 200 || status >= 300) return undefined;
  const isStranger = way.kind === 'none' && !isRemembered;
  const isUncertain = (way.kind === 'query' || way.kind === 'session') && !isAccepted;
  if (isLoginWanted && content.kind !== 'error' && (isStranger || isUncertain)) return 'login-page';
  switch (content.kind) {
    case 'error':
      return isStranger || isUncertain ? 'error' : undefined;
    case 'html':
      return isStranger || isUncertain ? 'login-page' : undefined;
    case 'cannot-parse':
      return way.kind === 'header' && !isRemembered ? 'cannot-parse' : undefined;
    case 'empty':
      return isStranger || (way.kind === 'header' && !isRemembered) ? 'silence' : undefined;
    case 'values':
      return isStranger && Number(content.values.get('result') ?? 0) < 0 ? 'refused' : undefined;
    default:
      return undefined;
  }
}

/**
 * Whether the denial may have nothing to do with credentials: pages, errors and closed connections have many reasons.
 */
export function isHint({ form }: Denial): boolean {
  return form === 'error' || form === 'login-page' || form === 'silence';
}

/** Whether a server that is no camera with this CGI answers strangers like this too, and means something else by it. */
export function isPageOrSilence({ form }: Denial): boolean {
  return form === 'login-page' || form === 'silence';
}

/** The camera says in words that its caller has to log in. */
export function isLoginWanted(reply: Reply): boolean {
  return reply.type === 'text' && reply.isLoginWanted;
}

/** A page, JSON or words in the place of media. */
export function isNoMedia(reply: Reply): boolean {
  if (reply.type === 'media' || reply.status < 200 || reply.status >= 300) return false;
  const { kind } = reply.content;
  return kind === 'html' || kind === 'error' || kind === 'values' || kind === 'unknown';
}
