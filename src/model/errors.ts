/** How every error of ffiscope looks: a stable code, one clear line, and what to do about it. */
export interface ErrorText {
  /** Stable, for programs: `UPPER_SNAKE_CASE`. */
  readonly code: string;
  /** One line: what is wrong. */
  readonly message: string;
  /** One line: how to put it right. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** The base of every error that ffiscope throws or rejects with. */
export class FfiscopeError extends Error {
  readonly code: string;
  /** What is wrong, in one line, without the remedy. */
  readonly shortMessage: string;
  readonly remedy: string | null;

  constructor(text: ErrorText) {
    const { code, message, remedy, cause } = text;
    super(remedy ? `${message}. ${remedy}` : message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.shortMessage = message;
    this.remedy = remedy ?? null;
  }
}

/** Something that always holds does not: whatever came next could be false, so the session ends. */
export class BrokenInvariant extends FfiscopeError {
  constructor(code: string, message: string) {
    const remedy =
      "Please send this in, with the command that shows it; --engine reference may go on";
    super({ code, message, remedy });
  }

  /** The same, with what the engine had done by then. */
  withFigures(figures: string): BrokenInvariant {
    return new BrokenInvariant(this.code, `${this.shortMessage}; engine ${figures}`);
  }
}

/**
 * What was asked for is written wrongly: a command line, a prototype, an argument. The command exits
 * with 2, its message as the one line on standard error.
 */
export class UsageError extends FfiscopeError {}

/** Ends a `switch` over a closed union. */
export function assertNever(value: never): never {
  throw new FfiscopeError({
    code: "INTERNAL",
    message: `unexpected case ${JSON.stringify(value)}`,
  });
}
