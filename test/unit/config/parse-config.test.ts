import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderProblem } from '../../../src/config/findings.ts';
import { parseConfig } from '../../../src/config/parse-config.ts';

const env = { CAMERA_PASSWORD: 'from the environment', EMPTY: '', PORT: '9000' };
const files: Readonly<Record<string, string>> = {
  '/etc/camgate/front.password': 'from the file\n',
  '/etc/camgate/empty.password': '\n',
  '/etc/camgate/two.password': 'one\ntwo\n',
};

function parse(text: string) {
  return parseConfig(text, {
    path: '/etc/camgate/camgate.yaml',
    env,
    findWriteObstacle: (path) => (path.startsWith('/locked') ? 'it is locked' : undefined),
    readFile(path) {
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error('no file'), { code: 'ENOENT' });
      return content;
    },
  });
}

function configOf(text: string) {
  const result = parse(text);
  if (!result.ok) throw new Error(result.problems.map((p) => renderProblem('f', p)).join('\n'));
  return result.config;
}

function cameraOf(text: string) {
  const [camera] = configOf(text).cameras;
  if (camera === undefined) throw new Error('no camera');
  return camera;
}

function problemsOf(text: string): string[] {
  const result = parse(text);
  return result.ok ? [] : result.problems.map((problem) => renderProblem('f', problem));
}

const front = 'cameras:\n  front: http://192.168.1.20/\n';

describe('a configuration of one line', () => {
  it('has every default', () => {
    expect(configOf('cameras:\n  front: http://user:p%20w@192.168.1.20:81/')).toEqual({
      server: { host: '127.0.0.1', port: 8080, cors: ['*'], frameAncestors: ['*'], tls: undefined },
      log: { level: 'info', format: 'text' },
      ffmpegPath: undefined,
      cameras: [
        {
          id: 'front',
          name: 'front',
          url: new URL('http://192.168.1.20:81/'),
          username: 'user',
          password: 'p w',
          via: 'auto',
          stream: 1,
          audio: true,
          alwaysOn: false,
          offline: 'hold',
          lingerMs: 15_000,
          stallMs: 8000,
          coldStartMs: 10_000,
          hls: {
            partMs: 200,
            segmentMs: 1000,
            segmentCount: 7,
            windowMs: undefined,
            directory: undefined,
            maxBytes: 64 * 1024 ** 2,
            maxDiskBytes: 4 * 1024 ** 3,
          },
        },
      ],
    });
  });
});

describe('a camera', () => {
  it('reads every key', () => {
    const text = `cameras:
  yard-2:
    url: https://camera.example/live
    username: admin
    password: 0123
    name: Back yard
    via: videostream.cgi
    stream: 2
    audio: false
    alwaysOn: true
    offline: slate
    linger: 1.5s
    stall: 2m
    coldStart: 20s
    hls: { part: 100ms, segment: 2s, segments: 5, maxBytes: 16MiB }
`;
    expect(cameraOf(text)).toEqual({
      id: 'yard-2',
      name: 'Back yard',
      url: new URL('https://camera.example/live'),
      username: 'admin',
      password: '0123',
      via: 'videostream.cgi',
      stream: 2,
      audio: false,
      alwaysOn: true,
      offline: 'slate',
      lingerMs: 1500,
      stallMs: 120_000,
      coldStartMs: 20_000,
      hls: {
        partMs: 100,
        segmentMs: 2000,
        segmentCount: 5,
        windowMs: undefined,
        directory: undefined,
        maxBytes: 16 * 1024 ** 2,
        maxDiskBytes: 4 * 1024 ** 3,
      },
    });
  });

  it('takes hls of its own over that of all cameras, key by key', () => {
    const text = `hls: { part: 100ms, segments: 9 }
cameras:
  a: { url: 'http://a/', hls: { segments: 4 } }
`;
    expect(cameraOf(text).hls).toMatchObject({ partMs: 100, segmentMs: 1000, segmentCount: 4 });
  });

  it('shares values through aliases', () => {
    const text = `cameras:
  a: { url: 'http://a/', hls: &quick { part: 100ms } }
  b: { url: 'http://b/', hls: *quick }
`;
    expect(configOf(text).cameras.map(({ hls }) => hls.partMs)).toEqual([100, 100]);
  });
});

describe('secrets', () => {
  const camera = (lines: string) =>
    `cameras:\n  a:\n    url: http://a/\n    username: me\n${lines}`;

  it.each([
    ['a variable', "    password: '${CAMERA_PASSWORD}'", 'from the environment'],
    ['an empty variable', '    password: ${EMPTY}', ''],
    ['a part of a value', '    password: x${EMPTY}y', 'xy'],
    ['an escaped brace', '    password: $${CAMERA_PASSWORD}', '${CAMERA_PASSWORD}'],
    ['a dollar alone', '    password: pa$$word$', 'pa$$word$'],
    ['a file', '    passwordFile: front.password', 'from the file'],
    ['a word that YAML reads otherwise', '    password: true', 'true'],
  ])('come from %s', (_, line, password) => {
    expect(cameraOf(camera(line)).password).toBe(password);
  });

  it('come percent-decoded from the url, which loses them', () => {
    const { url, username, password } = cameraOf('cameras:\n  a: http://m%40e:%23%2F%25@a/x?y=1');
    expect([url.href, username, password]).toEqual(['http://a/x?y=1', 'm@e', '#/%']);
  });

  it('are in no problem, whatever is wrong', () => {
    const texts = [
      'cameras:\n  a: http://me:Sesame#1@a/',
      'cameras:\n  a: http://me:12/Sesame@a/',
      'cameras:\n  a: http://me:Sesame/1@a/',
      'cameras:\n  a: http://me:Sesame%@a/',
      'cameras:\n  a: rtsp://me:Sesame@a/',
      'cameras:\n  a: me:Sesame@a',
      'cameras:\n  a: { http://me:Sesame@a/ }',
      'cameras:\n  - http://me:Sesame@a/',
      'http://me:Sesame@a/',
      'http://me:Sesame@a/: x',
      'cameras:\n  http://me:Sesame@a/: x',
      camera('    password: *Sesame'),
      camera('    password: !Sesame'),
      camera('    password: @Sesame'),
      camera('    password: %Sesame'),
      camera('    password: "Sesame'),
      camera('    password: [Sesame]'),
      camera('    password: { Sesame: x }'),
      camera('    password: &Sesame'),
      camera('    password: |\n      Sesame\n      Sesame'),
      camera('    password: a: Sesame'),
      camera('    linger: http://me:Sesame@a/'),
      camera('    password: Sesame\n    passwordFile: front.password'),
      camera('    password: Sesame${MISSING}'),
    ];
    for (const text of texts) {
      const problems = problemsOf(text);
      expect(problems, text).not.toEqual([]);
      expect(problems.join('\n'), text).not.toContain('Sesame');
    }
  });

  it.each([
    [
      'password: x\n    passwordFile: front.password',
      'cameras.a.passwordFile: is given beside password',
    ],
    ['passwordFile: none', 'cannot be read (ENOENT). Make /etc/camgate/none readable'],
    ['passwordFile: empty.password', 'does not hold one line with a password'],
    ['passwordFile: two.password', 'does not hold one line with a password'],
    ['password: ${MISSING}', 'needs the environment variable MISSING, which is not set'],
    ['password: ${}', 'contains ${…} without the name of a variable'],
    ['password: ${MISSING', 'contains ${…} without the name of a variable'],
    ['password:', 'cameras.a.password: has no value'],
  ])('complain about %j', (line, expected) => {
    const problems = problemsOf(camera(`    ${line}`));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  it('complain about a password without a user and credentials in two places', () => {
    expect(problemsOf('cameras:\n  a: { url: http://a/, password: x }')).toEqual([
      'f:2:24 cameras.a.password: is given without a username. Add username, for example admin.',
    ]);
    expect(problemsOf('cameras:\n  a: { url: "http://u:p@a/", username: u }')).toEqual([
      'f:2:30 cameras.a.username: is given beside a user in the url. Remove the user from the url, or remove username.',
    ]);
    expect(problemsOf('cameras:\n  a: { url: "http://u:p@a/", password: q }')).toEqual([
      'f:2:30 cameras.a.password: is given beside a password in the url. Remove the password from the url, or remove password.',
    ]);
  });

  it.each([
    ['http://admin@a/', 'passwordFile: front.password', 'from the file'],
    ['http://admin:@a/', 'password: Sesame', 'Sesame'],
    ['http://:Sesame@a/', 'username: admin', 'Sesame'],
  ])('may be divided between the url %s and the key %s', (url, line, password) => {
    expect(cameraOf(`cameras:\n  a:\n    url: ${url}\n    ${line}`)).toMatchObject({
      url: new URL('http://a/'),
      username: 'admin',
      password,
    });
  });
});

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
    [`${front}zebra: 1\n`, 'Known here: ffmpegPath, server, log, hls, cameras.'],
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

describe('sections', () => {
  it('may be empty, with every line commented out', () => {
    expect(configOf(`${front}server:\nlog:\nhls:\n`).server.port).toBe(8080);
  });

  it('take numbers from the environment', () => {
    expect(configOf(`${front}server: { port: "\${PORT}" }`).server.port).toBe(9000);
  });

  it('find programs relative to the file', () => {
    expect(configOf(`${front}ffmpegPath: bin/ffmpeg`).ffmpegPath).toBe('/etc/camgate/bin/ffmpeg');
  });
});

describe('warnings', () => {
  it('tell of open doors and of two sessions with one camera', () => {
    const result = parse(
      'server: { host: 0.0.0.0 }\ncameras:\n  a: http://x/\n  b: http://u:p@x/\n',
    );
    expect(result.ok && result.warnings.map((warning) => renderProblem('f', warning))).toEqual([
      'f:1:11 server.host: lets other machines in, and camgate asks viewers for no password. Put a reverse proxy with a login in front where not everybody on the network may watch.',
      'f:4:3 cameras.b: has the same url and stream as cameras.a, so the camera gets two sessions. Remove one of the two, or give them different stream numbers.',
    ]);
  });
});
