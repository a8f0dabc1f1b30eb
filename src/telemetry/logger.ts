import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import type { LogConfig } from '../config/config.ts';
import type { Log, LogFields } from '../lib/log.ts';
import { redact, redactValue } from './redact.ts';
import { renderTextLine } from './text-line.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** The log of the process, on stderr: stdout belongs to what a command prints. Every text and field is redacted. */
export function createLogger(
  { level, format }: LogConfig,
  destination: DestinationStream = process.stderr,
): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    format === 'json' ? destination : textDestination(destination),
  );
  return wrap(logger);
}

function wrap(logger: Logger): Log {
  const write = (level: Level, message: string, fields: LogFields | undefined): void => {
    if (!logger.isLevelEnabled(level)) return;
    logger[level](fields === undefined ? {} : redactValue(fields), redact(message));
  };
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    child: (fields) => wrap(logger.child(redactValue(fields) as object)),
  };
}

/** Logging is rare, so reading pino's own JSON again is cheaper than a second way of carrying fields. */
function textDestination(destination: DestinationStream): DestinationStream {
  return {
    write: (line) => {
      destination.write(renderTextLine(JSON.parse(line) as Record<string, unknown>));
    },
  };
}
