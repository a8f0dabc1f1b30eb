import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../../src/telemetry/redact.ts';
import { front, parse, problemsOf } from './config-rig.ts';

describe('problems', () => {
  it('between keys come beside those of other keys in the same section', () => {
    const rule = 'makes parts (2000 ms) longer than segments (1000 ms)';
    const problems = problemsOf(`${front}hls: { part: 2s, segmnt: 3s, segments: 1 }\n`);
    expect(problems.join('\n')).toContain(rule);
    expect(problems).toHaveLength(3);
    expect(problemsOf(`${front}hls: { part: 2s, segment: x }\n`).join()).not.toContain(rule);
  });

  it('come all at once, in the order of the file, with what would be right', () => {
    const text = `server:
  hosst: 0.0.0.0
  port: 99999
hls:
  part: 2s
cameras:
  front:
    url: http://192.168.1.20/
    linger: 15
    lingr: 2s
    alwaysOn: yes
    name: "\${NOPE}"
    stream: two
  Front: 192.168.1.20
  "a b": http://a/
  front: http://b/
`;
    expect(problemsOf(text)).toEqual([
      'f:2:3 server.hosst: is not a known key. Did you mean host?',
      'f:3:9 server.port: "99999" is too large. Use 0 to 65535.',
      'f:5:3 hls.part: makes parts (2000 ms) longer than segments (1000 ms). Make part at most as long as segment; a fifth of it is usual.',
      'f:9:13 cameras.front.linger: "15" has no unit. Use 1s to 24h; ms, s, m and h are units, so 15s is seconds.',
      'f:10:5 cameras.front.lingr: is not a known key. Did you mean linger?',
      'f:11:15 cameras.front.alwaysOn: "yes" is neither true nor false. Write true or false.',
      'f:12:11 cameras.front.name: needs the environment variable NOPE, which is not set. Set NOPE before starting camgate, or write $${ for a literal ${.',
      'f:13:13 cameras.front.stream: "two" is not a whole number. Use 1 to 16.',
      'f:14:3 cameras.Front: differs from another camera only in upper and lower case. Give it an id of its own.',
      'f:14:10 cameras.Front: the value is not an address. Write it with its scheme, like http://192.168.1.20/.',
      'f:15:3 cameras.(unreadable key): is not usable as the id of a camera. Use 1 to 64 letters, digits, - and _; the id is part of every address. name takes any text.',
      'f:16:3 cameras.front: is given twice, first in line 7. Keep one of the two.',
    ]);
  });

  it.each([
    ['', 'f:1:1 cameras: names no camera'],
    ['# nothing\n', 'cameras: names no camera'],
    ['cameras:\n', 'f:1:9 cameras: names no camera'],
    ['cameras: {}\n', 'cameras: names no camera'],
    ['cameras: [http://a/]\n', 'cameras: is not a group of cameras'],
    ['cameras:\n  a:\n', 'cameras.a: has no url'],
    ['cameras:\n  a: { name: x }\n', 'cameras.a: has no url'],
    ['cameras:\n  a: { url: [http://a/] }\n', 'cameras.a.url: is a list'],
    ['just text', 'is not a group of keys'],
    [`${front}server: 8080\n`, 'f:3:9 server: is not a group of keys'],
    [`${front}server: { host: [::1] }\n`, 'server.host: is a list'],
    [`${front}server: { port: { a: 1 } }\n`, 'server.port: has keys below it'],
    [`${front}server: { cors: [[a]] }\n`, 'server.cors: is a list'],
    [`${front}log: { level: verbose }\n`, 'Use debug, info, warn, error, silent.'],
    [`${front}hls: { segments: 2 }\n`, 'hls.segments: "2" is too small. Use 3 to 100.'],
    [`${front}hls: { maxBytes: 64MB }\n`, 'written like 512KiB, 64MiB or 1GiB'],
    [`${front}hls: { maxBytes: 2GiB }\n`, 'is too large. Use 1MiB to 1GiB.'],
    [
      `${front}hls: { maxBytes: 1048576 }\n`,
      'has no unit. Use 1MiB to 1GiB; KiB, MiB and GiB are units.',
    ],
    [`${front}hls: { part: fast }\n`, 'is not a length of time. Use 50ms to 2s'],
    [`${front}{ a }: 1\n`, 'has a key that is not a plain word'],
    [`${front}zebra: 1\n`, 'Known here: watch, ffmpegPath, server, log, hls, cameras.'],
    ['cameras:\n\ta: http://a/', 'f:2:1: a tab is used for indentation'],
    ['cameras:\n  a: http://a/\n b: http://b/', 'the indentation does not fit'],
    ['cameras: *missing', 'takes for an alias or anchor that is not there'],
    [`${front}---\na: 1`, 'a second document begins here'],
    ['cameras: "a', 'a colon, a closing quote or a bracket is missing'],
    ['a: &a { b: *a }\ncameras: *a', 'nested too deeply or grows too large'],
    ['[ '.repeat(200_000), 'f:1:1: the file is nested too deeply'],
    ['- '.repeat(200_000), 'f:1:1: the file is nested too deeply'],
    [' '.repeat(2_000_000), 'f:1:1: the file is larger than 1 MiB'],
  ])('of unusable text %# are clear', (text, expected) => {
    expect(problemsOf(text).join('\n')).toContain(expected);
  });

  it('give an example that the redaction of stderr leaves whole', () => {
    const text = problemsOf('').join('\n');
    expect(text).toContain("'front: http://192.168.1.20/'");
    expect(redact(text)).toBe(text);
  });

  it('name a variable that needs quotes, and what else is wrong', () => {
    const text = `server: { cors: [\${ORIGIN}] }
cameras:
  a: {url: http://x/, password: \${YARD_PASSWORD}}
  b: {url: http://y/, passwrd: z}
  c: http://z/\${CAMERA_PASSWORD} # not {\${this}}
  d: {url: "http://u/\${CAMERA_PASSWORD}", \${KEY}: 1, name: "it's" }
  e: {url: http://v/, lingr: pre\${fix}ed}
`;
    const quotes =
      'a ${…} inside { } or [ ] is not in quotes. Put the value in quotes there, like "${NAME}".';
    expect(problemsOf(text)).toEqual([
      `f:1:18: ${quotes}`,
      'f:3:23 cameras.a.password: is given without a username. Add username, for example admin.',
      `f:3:33: ${quotes}`,
      'f:4:23 cameras.b.passwrd: is not a known key. Did you mean password?',
      `f:6:43: ${quotes}`,
      'f:7:23 cameras.e.lingr: is not a known key. Did you mean linger?',
      `f:7:33: ${quotes}`,
    ]);
  });

  it.each([
    ['cameras:\n  a: {url: "http://x/" x}\n  b: {url: http://y/}\nlog:\n  level: 1\n', 'f:2:24: '],
    ['cameras:\n  a: {url: http://x/}}\n  b: {url: http://y/}\n', 'f:2:22: '],
    ['cameras:\n  a: {url: ${A\n  b: {url: http://y/}\n', 'f:2:13: '],
    ['cameras:\n  a:\n    url: http://x/\n     linger: 5s\n', 'f:3:10: '],
  ])('say once where the parser lost its way: %j', (text, start) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(start);
  });

  it('bound what aliases of aliases can grow to', () => {
    const level = (name: string, below: string) =>
      `${name}: &${name} [${Array.from({ length: 9 }, () => `*${below}`).join(', ')}]\n`;
    const bomb = `a: &a [x]\n${level('b', 'a')}${level('c', 'b')}${level('d', 'c')}${level('e', 'd')}${level('f', 'e')}${level('g', 'f')}`;
    expect(problemsOf(bomb).join('\n')).toContain('grows too large through aliases');
  });

  it('never throw, whatever the text is', () => {
    const line = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.constantFrom('cameras:', '  a:', '    url: http://a/', '    hls:', '- x', 'a: &b', '? b'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const result = parse(lines.join('\n'));
        if (!result.ok) expect(result.problems).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
