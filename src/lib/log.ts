export type LogFields = Readonly<Record<string, unknown>>;

/**
 * What every room logs through. Lines are quiet when all is well; fields are for programs, the message is for people.
 * The implementation (src/telemetry/logger.ts) redacts credentials, but callers pass none in the first place.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log that adds these fields to every line. */
  child(fields: LogFields): Log;
}

/** A log that keeps nothing, for tools and tests. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};
