import { styleText } from "node:util";

/** What a piece of text is; what it looks like is decided here alone. */
export type Role = "title" | "quiet" | "read" | "write" | "both" | "good" | "bad";

const FORMATS = {
  title: "bold",
  quiet: "dim",
  read: "cyan",
  write: "yellow",
  both: "green",
  good: "green",
  bad: ["red", "bold"],
} satisfies Record<Role, Parameters<typeof styleText>[0]>;

/** Where a report is shown. */
export interface Style {
  readonly color: boolean;
  /** In columns. */
  readonly width: number;
}

export const PLAIN: Style = { color: false, width: 80 };

/** Narrower is not laid out for; wider, lines become hard to follow. */
const MIN_WIDTH = 40;
const MAX_WIDTH = 120;

/** `--color`. */
export type ColorChoice = "auto" | "always" | "never";

/** Columns as COLUMNS has it, or else the terminal. */
export function styleOf(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  env: NodeJS.ProcessEnv = process.env,
  choice: ColorChoice = "auto",
): Style {
  const told = /^[1-9]\d*$/.test(env.COLUMNS ?? "") ? Number(env.COLUMNS) : 0;
  const columns = told || stream.columns || PLAIN.width;
  const width = Math.min(Math.max(columns, MIN_WIDTH), MAX_WIDTH);
  return { color: choice === "auto" ? isColored(stream, env) : choice === "always", width };
}

/** Of FORCE_COLOR: what Node takes for yes; any other value is a no (getColorDepth in lib/internal/tty.js). */
const FORCED = new Set(["", "1", "true", "2", "3"]);

/** As Node decides: FORCE_COLOR, then NO_COLOR (https://no-color.org), then whether it is a terminal. */
function isColored({ isTTY }: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env.FORCE_COLOR !== undefined) return FORCED.has(env.FORCE_COLOR);
  return isTTY === true && !env.NO_COLOR && !env.NODE_DISABLE_COLORS && env.TERM !== "dumb";
}

export type Paint = (role: Role, text: string) => string;

export function painter({ color }: Style): Paint {
  // The style has decided: newer Nodes would look at process.stdout once more.
  const asked = { validateStream: false };
  return color ? (role, text) => styleText(FORMATS[role], text, asked) : (_, text) => text;
}

/** `12 bytes`, `1 byte`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
