import { describe, expect, it } from 'vitest';
import { UpstreamError } from '../../../src/lib/errors.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';

function capture(): { lines: string[]; write(line: string): void } {
  const lines: string[] = [];
  return { lines, write: (line) => lines.push(line) };
}

describe('createLogger', () => {
  it('writes one line for people, the camera first', () => {
    const destination = capture();
    const log = createLogger({ level: 'info', format: 'text' }, destination).child({
      camera: 'front',
    });
    log.warn('camera refused', { reason: 'wrong-password', retry: 'in 3 min', ageSeconds: 1.5 });
    expect(destination.lines).toHaveLength(1);
    expect(destination.lines[0]).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z warn {2}camera refused camera=front reason=wrong-password retry="in 3 min" ageSeconds=1.5\n$/,
    );
  });

  it('writes JSON with level, time and message', () => {
    const destination = capture();
    createLogger({ level: 'debug', format: 'json' }, destination).debug('hello', { count: 3 });
    const record = JSON.parse(destination.lines[0] ?? '') as Record<string, unknown>;
    expect(record).toMatchObject({ level: 'debug', msg: 'hello', count: 3 });
    expect(Date.parse(String(record['time']))).not.toBeNaN();
  });

  it.each(['text', 'json'] as const)(
    'redacts message, fields, children and errors as %s',
    (format) => {
      const destination = capture();
      const log = createLogger({ level: 'info', format }, destination).child({
        url: 'http://a:hidden@c/',
      });
      log.error('GET /av.asf?user=hidden&pwd=hidden', {
        password: 'hidden',
        error: new UpstreamError('timeout', 'session=hidden'),
        cause: new Error('Authorization: Basic hidden'),
      });
      expect(destination.lines.join('')).not.toContain('hidden');
      expect(destination.lines.join('')).toContain('http://***@c/');
    },
  );

  it('keeps one record on one line whatever a camera sends', () => {
    const destination = capture();
    createLogger({ level: 'info', format: 'text' }, destination).info('a\nb\u001b[2J', {
      c: 'x\ny',
    });
    expect(destination.lines[0]?.match(/\n/g)).toHaveLength(1);
    expect(destination.lines[0]).not.toContain('\u001b');
  });

  it('is quiet below its level and when silent', () => {
    const destination = capture();
    createLogger({ level: 'warn', format: 'text' }, destination).info('x');
    createLogger({ level: 'silent', format: 'text' }, destination).error('x');
    expect(destination.lines).toEqual([]);
  });
});
