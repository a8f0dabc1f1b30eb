import { describe, expect, it } from 'vitest';
import { renderCgiAnswer, type VarSpacing } from '../../../src/simulator/device/cgi-answer.ts';

const fields = { result: 0, id: 1567918901, alias: "it's", list: [1, 2] };

function render(query: string, spacing: VarSpacing = 'tight', error = 0) {
  const parameters = new Map(new URLSearchParams(query));
  return renderCgiAnswer(fields, error, { parameters, spacing });
}

describe('renderCgiAnswer', () => {
  it('writes one variable a line, strings in single quotes', () => {
    expect(render('')).toEqual({
      contentType: 'text/plain',
      body: "var result=0;\nvar id=1567918901;\nvar alias='it\\'s';\nvar list=[1,2];\n",
    });
  });

  it('writes spaces as in the documents when told to', () => {
    expect(render('', 'spaced').body).toContain('var result = 0;\n');
  });

  it('renames variables by parameters of the same name, and keeps names for empty ones', () => {
    const { body } = render('result=ret&id=');
    expect(body).toContain('var ret=0;\n');
    expect(body).toContain('var id=1567918901;\n');
  });

  it('answers json=1 with an object that has an error number', () => {
    const { contentType, body } = render('json=1', 'tight', -2);
    expect(contentType).toBe('application/json');
    expect(JSON.parse(body)).toEqual({ error: -2, ...fields });
  });

  it('answers json=2 with a call of the given function', () => {
    const { body } = render('json=2&jsonp_callback=done');
    expect(body).toMatch(/^done\(\{.*\}\);\n$/);
  });
});
