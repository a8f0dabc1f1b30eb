import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CamgateError } from '../../../src/lib/errors.ts';
import { redact, redactValue } from '../../../src/telemetry/redact.ts';

describe('redact', () => {
  it.each([
    ['dial http://admin:s3cret@10.0.0.5/av.asf', 'dial http://***@10.0.0.5/av.asf'],
    ['rtsp://admin@10.0.0.5:554/11', 'rtsp://***@10.0.0.5:554/11'],
    ['http://admin:p@ss/wo@rd@cam/x', 'http://***@cam/x'],
    ['GET /av.asf?user=admin&pwd=s3cret&stream=0', 'GET /av.asf?user=***&pwd=***&stream=0'],
    ['/get_status.cgi?session=0123456&json=1', '/get_status.cgi?session=***&json=1'],
    ['/av.asf?id=998877', '/av.asf?id=***'],
    ['/av.asf?Password=%26abc', '/av.asf?Password=***'],
    ['next=%2Fx%3Fpwd%3Dsecret', 'next=%2Fx%3Fpwd%3D***'],
    ["var id='998877';", "var id='***';"],
    ['var session = "42";', 'var session = "***";'],
    ['Authorization: Basic YWRtaW46YWRtaW4=', 'Authorization: ***'],
    ['authorization: Digest username="a", response="b"', 'authorization: ***'],
    ['sent Basic YWRtaW46YWRtaW4= to it', 'sent Basic *** to it'],
    ['sent Digest username="a", response="b"', 'sent Digest ***'],
    ['{"password":"a b","width":3}', '{"password":"***","width":3}'],
    [String.raw`{"password":"a\"b c","width":3}`, '{"password":"***","width":3}'],
    ["/av.asf?pwd='a'b'c&stream=0", "/av.asf?pwd='***'&stream=0"],
    ['{"session": 42}', '{"session": ***}'],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each([
    'the camera does not accept the user name or password: check the configuration',
    'Basic authentication failed',
    'http://10.0.0.5:8080/av.asf?stream=0',
    'grid=4 valid=yes',
  ])('leaves alone: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  const secret = fc.stringMatching(/^[A-Za-z0-9]{12,24}$/).map((text) => `Z9${text}`);
  const around = fc.string({ unit: 'grapheme', maxLength: 40 });

  it('lets no query value of a secret name through, whatever stands around it', () => {
    const name = fc.constantFrom('user', 'pwd', 'password', 'session', 'id', 'PWD');
    fc.assert(
      fc.property(around, name, secret, around, (before, key, value, after) => {
        expect(redact(`${before}?${key}=${value}&x=${after}`)).not.toContain(value);
      }),
    );
  });

  it('lets no userinfo of a URL through, whatever stands around it', () => {
    fc.assert(
      fc.property(around, secret, secret, around, (before, user, password, after) => {
        const result = redact(`${before} http://${user}:${password}@host/${after}`);
        expect(result).not.toContain(user);
        expect(result).not.toContain(password);
      }),
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            ...['a', ':', '/', '@', '=', '&', '?', '"', "'", ' ', ';', ',', '}', '\\', '\n'],
            ...['id', '://', 'Basic', 'Digest', 'cookie'],
          ),
          maxLength: 60,
        }),
        (text) => {
          expect(redact(redact(text))).toBe(redact(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('takes little time for hostile texts', () => {
    const started = process.cpuUsage();
    for (const unit of ['a://', 'id=', '"id":', 'Basic a', 'a://b:', "id='"])
      redact(unit.repeat(10_000));
    // In microseconds of this process alone: how busy the machine is does not matter.
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
  });
});

describe('redactValue', () => {
  it('reaches into objects, arrays, maps, URLs and errors', () => {
    const error = new CamgateError('timeout', 'no answer of http://a:hidden@c/', {
      cause: new Error('GET /x?pwd=hidden'),
    });
    const value = {
      url: new URL('http://u:hidden@host/'),
      list: ['pwd=hidden'],
      map: new Map([['password', 'hidden']]),
      headers: { authorization: 'hidden', Cookie: 'hidden' },
      error,
      bytes: Buffer.from('hidden'),
    };
    const text = JSON.stringify(redactValue(value));
    expect(text).not.toContain('hidden');
    expect(text).toContain('"code":"timeout"');
    expect(text).toContain('[6 bytes]');
  });

  it('ends at cycles and at large collections', () => {
    const cycle: Record<string, unknown> = { many: Array.from({ length: 1000 }, (_, i) => i) };
    cycle['self'] = cycle;
    const copy = redactValue(cycle) as { many: unknown[] };
    expect(copy.many).toHaveLength(50);
    expect(JSON.stringify(copy)).toContain('[…]');
  });

  it('keeps the stack of unexpected errors only', () => {
    expect(redactValue(new CamgateError('timeout', 'x'))).not.toHaveProperty('stack');
    expect(redactValue(new TypeError('x'))).toHaveProperty('stack');
  });
});
