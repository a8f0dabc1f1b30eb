import { describe, expect, it } from 'vitest';
import { helpText } from '../../../src/command-line/help.ts';
import { parseArguments } from '../../../src/command-line/parse-arguments.ts';

const nothing = { host: undefined, port: undefined, logLevel: undefined };

describe('parseArguments', () => {
  it.each([
    [[], { type: 'run', source: { type: 'unspecified' }, overrides: nothing }],
    [
      ['http://a/', 'https://u:p@b/', '--port', '0'],
      {
        type: 'run',
        source: { type: 'urls', urls: ['http://a/', 'https://u:p@b/'] },
        overrides: { ...nothing, port: 0 },
      },
    ],
    [
      ['--config=c.yaml', '--host', '::', '-p', '9000', '--log-level', 'debug'],
      {
        type: 'run',
        source: { type: 'file', file: 'c.yaml' },
        overrides: { host: '::', port: 9000, logLevel: 'debug' },
      },
    ],
    [
      ['-c', 'c.yaml'],
      { type: 'run', source: { type: 'file', file: 'c.yaml' }, overrides: nothing },
    ],
    [['check', 'c.yaml'], { type: 'check', file: 'c.yaml' }],
    [['reload'], { type: 'reload', file: undefined }],
    [['reload', 'c.yaml'], { type: 'reload', file: 'c.yaml' }],
    [['reload', '--config', 'c.yaml'], { type: 'reload', file: 'c.yaml' }],
    [['simulate', '--help', 'x'], { type: 'simulate', args: ['--help', 'x'] }],
    [['--help'], { type: 'help' }],
    [['check', '-h'], { type: 'help' }],
    [['-v'], { type: 'version' }],
  ])('reads %j', (args, expected) => {
    expect(parseArguments(args)).toEqual(expected);
  });

  it.each([
    [['--prot', '1'], 'There is no option --prot. Did you mean --port?'],
    [['--loglevel', 'x'], 'There is no option --loglevel. Did you mean --log-level?'],
    [['-x'], 'There is no option -x. See camgate --help.'],
    [['--no-help'], 'There is no option --no-help. See camgate --help.'],
    [['--toString'], 'There is no option --toString. See camgate --help.'],
    [['--port'], '--port needs a value.'],
    [['--port='], '--port needs a value.'],
    [['--config', '--port', '1'], '--config needs a value.'],
    [['--help=yes'], '--help takes no value.'],
    [['--port', '1', '-p', '2'], '-p is given twice.'],
    [['--port', '70000'], 'The value of --port is too large. Use 0 to 65535.'],
    [['--port', 'x'], 'The value of --port is not a whole number. Use 0 to 65535.'],
    [
      ['--log-level', 'loud'],
      'The value of --log-level is not one of the possible words. Use debug, info, warn, error, silent.',
    ],
    [
      ['reload', '--port', '1'],
      'camgate reload takes no --port; the options of the start stay as they are.',
    ],
    [
      ['reload', 'a.yaml', 'b.yaml'],
      'camgate reload takes one file at most: camgate reload camgate.yaml',
    ],
    [
      ['reload', 'a.yaml', '-c', 'b.yaml'],
      'camgate reload takes one file at most: camgate reload camgate.yaml',
    ],
    [['relaod'], 'There is no command relaod. Did you mean reload?'],
    [['chek', 'c.yaml'], 'There is no command chek. Did you mean check?'],
    [['dance'], 'There is no command dance. See camgate --help.'],
    ...[[''], [' '], ['check', ''], ['http://a/', '']].map((args): [string[], string] => [
      args,
      'An argument is empty; leave it out, or set the variable that stands there.',
    ]),
    [
      ['--port', '1', 'simulate'],
      'Options of camgate simulate go behind it: camgate simulate --help',
    ],
    [['c.yaml'], 'A configuration file needs --config: camgate --config c.yaml'],
    [['me:Sesame@camera'], 'A camera address begins with http:// or https://.'],
    [['-c', 'c.yaml', 'http://a/'], 'Camera addresses and --config are given; use one of the two.'],
    [['check'], 'camgate check takes one file: camgate check camgate.yaml'],
    [['check', 'a', 'b'], 'camgate check takes one file: camgate check camgate.yaml'],
    [
      ['check', 'a', '--port', '1'],
      'camgate check takes no --port, only the file: camgate check camgate.yaml',
    ],
  ])('refuses %j', (args, message) => {
    expect(parseArguments(args)).toEqual({ type: 'usage-error', message });
  });
});

describe('helpText', () => {
  it('names the options that exist, and only those', () => {
    const named = new Set([...helpText.matchAll(/--[a-z-]+/g)].map(([option]) => option));
    expect([...named].sort()).toEqual([
      '--config',
      '--help',
      '--host',
      '--log-level',
      '--port',
      '--version',
    ]);
    for (const option of named) {
      expect(JSON.stringify(parseArguments([option]))).not.toContain('There is no option');
    }
  });

  it('fits a terminal', () => {
    expect(helpText.split('\n').filter((row) => row.length > 80)).toEqual([]);
  });
});
