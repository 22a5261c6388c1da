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

/** Colours on a terminal that has not asked for none (https://no-color.org). */
export function styleOf(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  env: NodeJS.ProcessEnv = process.env,
): Style {
  const width = Math.min(Math.max(stream.columns || PLAIN.width, MIN_WIDTH), MAX_WIDTH);
  return { color: stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb", width };
}

export type Paint = (role: Role, text: string) => string;

export function painter({ color }: Style): Paint {
  // The style has decided: newer Nodes would look at process.stdout once more.
  const asked = { validateStream: false };
  return color ? (role, text) => styleText(FORMATS[role], text, asked) : (_, text) => text;
}

/** `text`, cut to `width` columns. */
export function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** `12 bytes`, `1 byte`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
