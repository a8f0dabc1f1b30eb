import type { CgiWay } from '../../config/config.ts';
import type { Source, SourceSession } from '../source.ts';

/** The ways of a camera that speaks the Audio&Video CGI, or plain HTTP. What worked is never `auto`. */
export type UpstreamSession = SourceSession<CgiWay>;
/** Talks to one camera and remembers what it learned of it: the auth scheme, the way in, the CGI session. */
export type UpstreamClient = Source<CgiWay>;
