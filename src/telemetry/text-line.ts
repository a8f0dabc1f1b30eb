/** Longest rendering of one field, in characters. */
const maxFieldLength = 1000;

/** Bytes of a terminal's control language; a camera's text must not move the cursor or fake a second line. */
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const controlCharacters = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/**
 * One log record of pino as a line for people: `2026-01-31T12:00:00.000Z info  message camera=front reason=timeout`.
 */
export function renderTextLine(record: Readonly<Record<string, unknown>>): string {
  const { time, level, msg, camera, ...fields } = record;
  const words = [text(time), text(level).padEnd(5), visible(text(msg))];
  if (camera !== undefined) words.push(`camera=${renderField(camera)}`);
  for (const [name, value] of Object.entries(fields)) {
    words.push(`${visible(name)}=${renderField(isError(value) ? value.message : value)}`);
    if (isError(value) && value.stack !== undefined)
      words.push(`stack=${renderField(value.stack)}`);
  }
  return `${words.join(' ')}\n`;
}

interface ErrorRecord {
  readonly message: string;
  readonly stack?: string;
}

function isError(value: unknown): value is ErrorRecord {
  return typeof value === 'object' && value !== null && 'message' in value && 'name' in value;
}

function renderField(value: unknown): string {
  const isPlain = typeof value === 'string' && /^[^\s"=]+$/.test(value);
  const rendered = isPlain ? value : JSON.stringify(value);
  return visible(
    rendered.length > maxFieldLength ? `${rendered.slice(0, maxFieldLength)}…` : rendered,
  );
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function visible(line: string): string {
  return line.replace(
    controlCharacters,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
