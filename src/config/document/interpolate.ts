export type Environment = Readonly<Record<string, string | undefined>>;

export type Interpolation =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string; readonly hint: string };

/**
 * Replaces `${NAME}` by the environment variable of that name; `$${` is a literal `${`. A variable that is set but
 * empty is an empty text. A value is replaced once: what a variable contains is not looked at again.
 */
export function interpolate(text: string, env: Environment): Interpolation {
  const missing = new Set<string>();
  const badNames: string[] = [];
  const result = text.replaceAll(/\$\$\{|\$\{([^}]*)\}?/g, (whole, name: string | undefined) => {
    if (name === undefined) return '${';
    if (!whole.endsWith('}') || !/^[A-Za-z_]\w*$/.test(name)) badNames.push(name);
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined) missing.add(name);
    return value ?? '';
  });
  if (badNames.length > 0) {
    return {
      ok: false,
      message: 'contains ${…} without the name of a variable in it',
      hint: 'Write ${NAME} with letters, digits and _ only, or $${ for a literal ${.',
    };
  }
  if (missing.size > 0) {
    const names = [...missing].join(', ');
    return {
      ok: false,
      message: `needs the environment variable ${names}, which is not set`,
      hint: `Set ${names} before starting camgate, or write $\${ for a literal \${.`,
    };
  }
  return { ok: true, text: result };
}
