/** Value of an output variable. */
export type CgiValue = number | string | readonly number[] | readonly string[];
export type CgiFields = Readonly<Record<string, CgiValue>>;

/** `tight` is `var a=1;` as seen on devices, `spaced` is `var a = 1;` as in the documents. */
export type VarSpacing = 'tight' | 'spaced';

export interface CgiAnswer {
  readonly contentType: string;
  readonly body: string;
}

/**
 * A CGI's answer in the form that was asked for (camera-protocol.md section 1): JavaScript variables, `json=1` an
 * object, `json=2` a JSONP call. `error` is 0 or negative. In plain form a parameter named like an output variable
 * renames it; the text is echoed as it came, which is the injection hole of the real thing.
 */
export function renderCgiAnswer(
  fields: CgiFields,
  error: number,
  form: { readonly parameters: ReadonlyMap<string, string>; readonly spacing: VarSpacing },
): CgiAnswer {
  const { parameters, spacing } = form;
  const json = parameters.get('json');
  if (json === '1' || json === '2') {
    const object = JSON.stringify({ error, ...fields });
    if (json === '1') return { contentType: 'application/json', body: object };
    const callback = parameters.get('jsonp_callback') ?? 'callback';
    return { contentType: 'application/javascript', body: `${callback}(${object});\n` };
  }
  const equals = spacing === 'tight' ? '=' : ' = ';
  const lines = Object.entries(fields).map(([name, value]) => {
    const renamed = parameters.get(name);
    return `var ${renamed === undefined || renamed === '' ? name : renamed}${equals}${renderValue(value)};\n`;
  });
  return { contentType: 'text/plain', body: lines.join('') };
}

function renderValue(value: CgiValue): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string')
    return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return `[${value.map((item) => renderValue(item)).join(',')}]`;
}
