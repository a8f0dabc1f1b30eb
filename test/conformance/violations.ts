/** Something that a client saw and that is against the specification. */
export interface Violation {
  readonly rule: string;
  /** Section of rfc8216bis, or of the RFC that is named. */
  readonly section: string;
  readonly detail: string;
}

/** One line for people. */
export function wordsOf({ rule, section, detail }: Violation): string {
  return `${rule} (${section}): ${detail}`;
}

export type Report = (rule: string, section: string, detail: string) => void;

/** More of one rule tell nothing new and would fill the memory of a long run. */
const mostOfOneRule = 20;

/** What a run has found, bounded per rule. */
export class Findings {
  readonly #onRule: (rule: string) => void;
  readonly #violations: Violation[] = [];
  readonly #counts = new Map<string, number>();

  constructor(onRule: (rule: string) => void) {
    this.#onRule = onRule;
  }

  get all(): readonly Violation[] {
    return this.#violations;
  }

  /** How often each rule was broken, also beyond what is kept. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  readonly report: Report = (rule, section, detail) => this.add([{ rule, section, detail }]);

  add(violations: readonly Violation[]): void {
    for (const violation of violations) {
      const count = (this.#counts.get(violation.rule) ?? 0) + 1;
      this.#counts.set(violation.rule, count);
      if (count <= mostOfOneRule) this.#violations.push(violation);
      this.#onRule(violation.rule);
    }
  }
}

export function collect(check: (report: Report) => void): Violation[] {
  const violations: Violation[] = [];
  check((rule, section, detail) => violations.push({ rule, section, detail }));
  return violations;
}
