import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CgiAnswerError, parseCgiAnswer } from '../../../../src/sources/cgi/cgi-answer.ts';

const parse = (text: string): Record<string, string | number> =>
  Object.fromEntries(parseCgiAnswer(text));

describe('parseCgiAnswer', () => {
  it.each([
    ['as on devices', "var id='SOSO-1';\nvar error=0;\n", { id: 'SOSO-1', error: 0 }],
    [
      'as in the documents',
      'var result = 0;\r\nvar id = 1567918901;\r\n',
      { result: 0, id: 1567918901 },
    ],
    ['on one line', 'var a=1; var b="2";var c = -3', { a: 1, b: '2', c: -3 }],
    ['without var', 'result=-2;\nid=0;', { result: -2, id: 0 }],
    ['escapes', String.raw`var a='it\'s; \x41\u0042\n';`, { a: "it's; AB\n" }],
    ['other values between', 'var list=new Array(1,2);\nvar b=[1,2];\nvar c=5;', { c: 5 }],
    ['a line of nonsense between', 'var a=1;\n<b>!</b>\nvar c=5;', { a: 1, c: 5 }],
    ['white space around', '\r\n\r\n  var a = 1 ;  \r\n\r\n', { a: 1 }],
    ['a string over two lines', "var a='1\n2';var b=3;", { a: '1\n2', b: 3 }],
    ['JSON', ' {"error":0,"id":"7","on":true,"no":null,"x":[1]} ', { error: 0, id: '7', on: 1 }],
    ['JSONP', 'ready({"error":-2});\n', { error: -2 }],
    ['JSONP with a path', 'window.cb( {"a":1} )', { a: 1 }],
  ])('reads %s', (_, text, values) => {
    expect(parse(text)).toEqual(values);
  });

  it.each(['', 'File not found.', '<html></html>', '{"a":', '[1]', 'cb([1])', 'var a=;', 'null'])(
    'finds no value in %s',
    (text) => {
      expect(() => parseCgiAnswer(text)).toThrow(CgiAnswerError);
    },
  );

  it('never evaluates and never reaches prototypes', () => {
    const values = parseCgiAnswer('var __proto__=1;\nvar a=process.exit(3);\nvar constructor="x";');
    expect([...values]).toEqual([
      ['__proto__', 1],
      ['constructor', 'x'],
    ]);
  });

  it('reads back what a camera prints, in every form', () => {
    const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/).filter((word) => word !== 'var');
    const text = fc.string({ unit: 'grapheme-ascii', maxLength: 20 });
    const fields = fc.dictionary(name, fc.oneof(fc.integer(), text), {
      minKeys: 1,
      noNullPrototype: true,
    });
    const style = fc.record({
      quote: fc.constantFrom("'", '"'),
      equals: fc.constantFrom('=', ' = ', '  ='),
      end: fc.constantFrom(';\n', ';\r\n', ' ; ', ';'),
    });
    fc.assert(
      fc.property(fields, style, (record, { quote, equals, end }) => {
        const printed = Object.entries(record).map(([key, value]) => {
          const literal =
            typeof value === 'number'
              ? String(value)
              : `${quote}${value.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`)}${quote}`;
          return `var ${key}${equals}${literal}${end}`;
        });
        expect(parse(printed.join(''))).toEqual(record);
        expect(parse(JSON.stringify(record))).toEqual(record);
        expect(parse(`cb(${JSON.stringify(record)});`)).toEqual(record);
      }),
    );
  });

  it('throws nothing but its declared error, whatever comes', () => {
    const pieces = fc.constantFrom(
      'var ',
      'a',
      '=',
      "'",
      '"',
      '\\',
      ';',
      '\n',
      '1',
      '-',
      '{',
      '}',
      '(',
      ')',
      ' ',
    );
    const noise = fc.oneof(
      fc.string(),
      fc.array(pieces).map((list) => list.join('')),
    );
    fc.assert(
      fc.property(noise, (text) => {
        try {
          expect(parseCgiAnswer(text).size).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(CgiAnswerError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([' ', '\n', "a='", 'a', 'var ', 'a=1;', "a='\\", 'a('])(
    'takes linear time for 64 KiB of %j',
    (piece) => {
      const text = `${piece.repeat(65_536 / piece.length)}!`;
      const started = process.cpuUsage();
      try {
        parseCgiAnswer(text);
      } catch (error) {
        expect(error).toBeInstanceOf(CgiAnswerError);
      }
      // In microseconds of this process alone: how busy the machine is does not matter.
      expect(process.cpuUsage(started).user).toBeLessThan(500_000);
    },
  );
});
