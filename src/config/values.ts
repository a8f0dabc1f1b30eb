/** What a value of the configuration may be, as text from the file. Messages begin behind the quoted value. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly hint: string };

export interface ValueType<T> {
  /** `list` takes one text or a list of texts. */
  readonly form: 'text' | 'list';
  readonly read: (texts: readonly string[]) => Reading<T>;
}

export function good<T>(value: T): Reading<T> {
  return { ok: true, value };
}

export function bad(message: string, hint: string): Reading<never> {
  return { ok: false, message, hint };
}

export function textType<T>(read: (text: string) => Reading<T>): ValueType<T> {
  return { form: 'text', read: ([text = '']) => read(text) };
}

interface Limits {
  readonly min: number;
  readonly max: number;
}

function limited(
  value: number,
  limits: Limits,
  render: (value: number) => string,
): Reading<number> {
  if (value >= limits.min && value <= limits.max) return good(value);
  return bad(
    value < limits.min ? 'is too small' : 'is too large',
    `Use ${render(limits.min)} to ${render(limits.max)}.`,
  );
}

const durationUnits = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds as the shortest text that `duration` reads back: 15000 is `15s`. */
export function renderDuration(ms: number): string {
  for (const unit of ['h', 'm', 's'] as const) {
    if (ms > 0 && ms % durationUnits[unit] === 0) return `${ms / durationUnits[unit]}${unit}`;
  }
  return `${ms}ms`;
}

/** `200ms`, `1.5s`, `2m`, `1h` as whole milliseconds. Limits in milliseconds. */
export function duration(limits: Limits): ValueType<number> {
  const range = `Use ${renderDuration(limits.min)} to ${renderDuration(limits.max)}`;
  return textType((text) => {
    const match = /^(\d{1,9}(?:\.\d{1,3})?) ?(ms|s|m|h)$/.exec(text);
    if (match) {
      const unit = durationUnits[match[2] as keyof typeof durationUnits];
      return limited(Math.round(Number(match[1]) * unit), limits, renderDuration);
    }
    if (/^\d{1,9}(\.\d+)?$/.test(text)) {
      return bad('has no unit', `${range}; ms, s, m and h are units, so ${text}s is seconds.`);
    }
    return bad('is not a length of time', `${range}, written like 200ms, 15s or 2m.`);
  });
}

const sizeUnits = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** Bytes as the shortest text that `size` reads back: 67108864 is `64MiB`. */
export function renderSize(bytes: number): string {
  for (const unit of ['GiB', 'MiB', 'KiB'] as const) {
    if (bytes % sizeUnits[unit] === 0) return `${bytes / sizeUnits[unit]}${unit}`;
  }
  return `${bytes} bytes`;
}

/** `512KiB`, `64MiB`, `1GiB` as bytes. Limits in bytes. */
export function size(limits: Limits): ValueType<number> {
  const range = `Use ${renderSize(limits.min)} to ${renderSize(limits.max)}`;
  return textType((text) => {
    const match = /^(\d{1,9}(?:\.\d{1,3})?) ?(KiB|MiB|GiB)$/i.exec(text);
    if (match) {
      const unit = (['KiB', 'MiB', 'GiB'] as const).find(
        (name) => name.toLowerCase() === match[2]?.toLowerCase(),
      );
      return limited(Math.round(Number(match[1]) * sizeUnits[unit ?? 'KiB']), limits, renderSize);
    }
    if (/^\d+$/.test(text)) return bad('has no unit', `${range}; KiB, MiB and GiB are units.`);
    return bad('is not a size', `${range}, written like 512KiB, 64MiB or 1GiB.`);
  });
}

const bitrateUnits = { kbit: 1e3, Mbit: 1e6, Gbit: 1e9 } as const;

/** Bits per second as the shortest text that `bitrate` reads back: 200000000 is `200Mbit/s`. */
export function renderBitrate(bitsPerSecond: number): string {
  for (const unit of ['Gbit', 'Mbit', 'kbit'] as const) {
    if (bitsPerSecond % bitrateUnits[unit] === 0) {
      return `${bitsPerSecond / bitrateUnits[unit]}${unit}/s`;
    }
  }
  return `${bitsPerSecond}bit/s`;
}

/** `800kbit/s`, `200Mbit/s`, `1.5Gbit/s` as bits per second. Limits in bits per second. */
export function bitrate(limits: Limits): ValueType<number> {
  const range = `Use ${renderBitrate(limits.min)} to ${renderBitrate(limits.max)}`;
  return textType((text) => {
    const match = /^(\d{1,9}(?:\.\d{1,3})?) ?(kbit|Mbit|Gbit)\/s$/i.exec(text);
    if (match) {
      const unit = (['kbit', 'Mbit', 'Gbit'] as const).find(
        (name) => name.toLowerCase() === match[2]?.toLowerCase(),
      );
      const bitsPerSecond = Math.round(Number(match[1]) * bitrateUnits[unit ?? 'kbit']);
      return limited(bitsPerSecond, limits, renderBitrate);
    }
    if (/^\d+$/.test(text))
      return bad('has no unit', `${range}; kbit/s, Mbit/s and Gbit/s are units.`);
    return bad('is not a bitrate', `${range}, written like 800kbit/s, 200Mbit/s or 1Gbit/s.`);
  });
}

export function integer(limits: Limits): ValueType<number> {
  return textType((text) =>
    /^-?\d{1,15}$/.test(text)
      ? limited(Number(text), limits, String)
      : bad('is not a whole number', `Use ${limits.min} to ${limits.max}.`),
  );
}

export const flag: ValueType<boolean> = textType((text) => {
  if (text === 'true') return good(true);
  if (text === 'false') return good(false);
  return bad('is neither true nor false', 'Write true or false.');
});

export function oneOf<const T extends string>(words: readonly T[]): ValueType<T> {
  return textType((text) => {
    const word = words.find((candidate) => candidate === text);
    return word === undefined
      ? bad('is not one of the possible words', `Use ${words.join(', ')}.`)
      : good(word);
  });
}

/** Free text of a bounded length, without control characters (a line feed in a name breaks playlists and headers). */
export function line(limits: Limits): ValueType<string> {
  return textType((text) => {
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    if (/[\u0000-\u001f\u007f]/.test(text)) {
      return bad('contains a line break or another control character', 'Write it in one line.');
    }
    if (text.length < limits.min) return bad('is empty', 'Write a text or remove the key.');
    if (text.length > limits.max) {
      return bad(`is longer than ${limits.max} characters`, 'Shorten it.');
    }
    return good(text);
  });
}

/** The value of an HTTP header: a line of visible ASCII characters and spaces. */
export function headerText(limits: Limits): ValueType<string> {
  const text = line(limits);
  return {
    ...text,
    read: (node) => {
      const reading = text.read(node);
      if (!reading.ok || /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(reading.value))
        return reading;
      return bad('is not usable in an HTTP header', 'Write plain letters, digits and punctuation.');
    },
  };
}
