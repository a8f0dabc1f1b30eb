import { isBare, isForeignChallenge, parseChallenges, type Challenge } from './challenges.ts';
import type { CameraAnswer } from '../http/camera-answer.ts';
import { isRedirect } from '../http/redirects.ts';
import type { TextAnswer } from '../http/sniff.ts';

/** A camera's answer, as far as it matters to the login. */
export type Reply =
  | { readonly type: 'media' }
  | {
      readonly type: 'text';
      readonly status: number;
      readonly content: TextAnswer;
      /** Supported challenges, best first. */
      readonly challenges: readonly Challenge[];
      /** Challenged by a kind of Digest that is not supported, and by nothing that is. */
      readonly isForeign: boolean;
      /** No kind of login is named in it. */
      readonly isBare: boolean;
      /** Sends elsewhere on its host. */
      readonly isRedirect: boolean;
      /** It says in words, with status 200, that the caller has to log in. */
      readonly isLoginWanted: boolean;
    };

export type TextReply = Extract<Reply, { type: 'text' }>;

export function replyOf(answer: CameraAnswer): Reply {
  if (answer.type === 'media') return { type: 'media' };
  const { status, content, headers, loginFailure } = answer;
  const challenges = headers.all('www-authenticate');
  return {
    type: 'text',
    status,
    content,
    challenges: parseChallenges(challenges),
    isForeign: isForeignChallenge(challenges),
    isBare: isBare(challenges),
    isRedirect: isRedirect(answer),
    isLoginWanted: loginFailure !== undefined,
  };
}

/** A connection that was closed without a word, as an answer. */
export const silence: TextReply = {
  type: 'text',
  status: 200,
  content: { kind: 'empty' },
  challenges: [],
  isForeign: false,
  isBare: true,
  isRedirect: false,
  isLoginWanted: false,
};
