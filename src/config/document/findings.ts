/** Where something stands in the configuration file, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface ConfigProblem extends Place {
  /** Keys from the root joined by dots (`cameras.front.linger`); empty for the file as a whole. */
  readonly path: string;
  /** What is wrong. Never contains a password. */
  readonly message: string;
  /** What would be right, one sentence. */
  readonly hint: string;
}

/** A stand-in for the start of the file, for problems that belong to no key. */
export const startOfFile: Place = { line: 1, column: 1 };

export interface Finding {
  readonly place: Place;
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}

/** Collects what is wrong, so that one reading shows everything at once. */
export class Findings {
  readonly #problems: ConfigProblem[] = [];
  readonly #warnings: ConfigProblem[] = [];

  problem({ place, path, message, hint }: Finding): void {
    this.#problems.push({ line: place.line, column: place.column, path, message, hint });
  }

  warning({ place, path, message, hint }: Finding): void {
    this.#warnings.push({ line: place.line, column: place.column, path, message, hint });
  }

  get problemCount(): number {
    return this.#problems.length;
  }

  /** In the order of the file. */
  get problems(): readonly ConfigProblem[] {
    return this.#problems.toSorted(byPlace);
  }

  get warnings(): readonly ConfigProblem[] {
    return this.#warnings.toSorted(byPlace);
  }
}

function byPlace(a: Place, b: Place): number {
  return a.line - b.line || a.column - b.column;
}

/** `camgate.yaml:4:5 cameras.front.linger: what is wrong. What would be right.` */
export function renderProblem(file: string, problem: ConfigProblem): string {
  const where = `${file}:${problem.line}:${problem.column}`;
  const subject = problem.path === '' ? where : `${where} ${problem.path}`;
  return `${subject}: ${problem.message}. ${problem.hint}`;
}
