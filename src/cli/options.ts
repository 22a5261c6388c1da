import { DEFAULTS, nearestName } from "../model/index.js";
import type { ColorChoice, ListedAccesses } from "../report/index.js";
import { commandLineErrors } from "./errors.js";
import { COMMAND_NAMES, COMMANDS, type CommandName, INSPECT_ROWS } from "./option-table.js";
import { looksLikeOption, scanOptions } from "./options-scan.js";
import {
  colorChoice,
  count,
  type EngineChoice,
  engineChoice,
  listedAccesses,
  milliseconds,
  type PageEnd,
  pageEnd,
  port,
  stackBytes,
} from "./options-values.js";

/** How the inspector's page is served. */
export interface InspectOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Until the run is over, or until the page is closed after that. */
  readonly until: PageEnd;
}

/** `--declare TEXT` or `--header FILE`. */
export interface DeclarationSource {
  readonly kind: "text" | "file";
  readonly value: string;
}

export interface TraceOptions {
  /** One JSON object on standard output and nothing else. */
  readonly json: boolean;
  /** Where the HTML report goes; null for none. */
  readonly html: string | null;
  /** Where the findings go as SARIF; null for nowhere. */
  readonly sarif: string | null;
  /** Annotations of GitHub Actions on standard output; on standard error with `json`. */
  readonly github: boolean;
  readonly accesses: ListedAccesses;
  readonly color: ColorChoice;
  readonly engine: EngineChoice;
  /** Of the call itself; null for no limit. */
  readonly timeoutMs: number | null;
  readonly startTimeoutMs: number;
  readonly maxEvents: number;
  /** Of the stack that the call runs on. */
  readonly stackBytes: number;
  /** Load the library with RTLD_DEEPBIND, so that it is not bound to Node's own zlib, OpenSSL, … */
  readonly deep: boolean;
  /** In the order in which they were given. */
  readonly declarations: readonly DeclarationSource[];
  /** Suppression files. */
  readonly suppressions: readonly string[];
  /** Also the suppressions that are shipped. */
  readonly defaultSuppressions: boolean;
  /** Null: no inspector. */
  readonly inspect: InspectOptions | null;
}

export interface RunOptions {
  /** Where the events go, one JSON line a call; null for nowhere. */
  readonly events: string | null;
  readonly engine: EngineChoice;
  readonly startTimeoutMs: number;
  readonly maxEvents: number;
  /** Null: no inspector. */
  readonly inspect: InspectOptions | null;
}

export type { CommandName } from "./option-table.js";

export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof SHELLS)[number];

/** What the command line asks for. */
export type Command =
  | {
      readonly command: "trace";
      readonly library: string;
      readonly prototype: string;
      readonly args: readonly string[];
      readonly options: TraceOptions;
    }
  | {
      readonly command: "run";
      readonly program: string;
      readonly args: readonly string[];
      readonly options: RunOptions;
    }
  | { readonly command: "doctor" }
  | { readonly command: "completion"; readonly shell: Shell }
  /** `topic` null: the general one. */
  | { readonly command: "help"; readonly topic: CommandName | null }
  | { readonly command: "version" };

/**
 * The command in `words`, which are those after the program's own name.
 *
 * @throws UsageError with one line that says what is wrong and how to put it right.
 * @example
 * parseCommandLine(["trace", "libz.so.1", "ulong zlibCompileFlags(void)", "--json"])
 */
export function parseCommandLine(words: readonly string[]): Command {
  const [first, ...rest] = words;
  switch (first) {
    case undefined:
      throw commandLineErrors.noCommand(COMMAND_NAMES);
    case "trace":
      return parseTrace(rest);
    case "run":
      return parseRun(rest);
    case "inspect":
      return parseInspect(rest);
    case "doctor":
      return parseDoctor(rest);
    case "completion":
      return parseCompletion(rest);
    case "--version":
      return { command: "version" };
    case "--help":
    case "-h":
      return { command: "help", topic: topicOf(rest[0]) };
    case "help":
      if (rest[0] !== undefined && topicOf(rest[0]) === null) throw noSuchCommand(rest[0]);
      return { command: "help", topic: topicOf(rest[0]) };
    default:
      throw noSuchCommand(first);
  }
}

const DECLARATION_KINDS: Readonly<Record<string, DeclarationSource["kind"]>> = {
  "--declare": "text",
  "--header": "file",
};

function parseTrace(words: readonly string[]): Command {
  const { help, values, given, operands } = scanOptions(
    words,
    COMMANDS.trace.options,
    "trace",
    "anywhere",
  );
  if (help) return { command: "help", topic: "trace" };
  const [library, prototype, ...args] = operands;
  if (!library || !prototype) {
    const what = library ? "the function's PROTOTYPE" : "a LIBRARY and a PROTOTYPE";
    const synopsis = `ffiscope trace ${library ? "LIBRARY" : "libz.so.1"} 'ulong zlibCompileFlags(void)'`;
    throw commandLineErrors.missingOperand("trace", what, synopsis);
  }
  const options: TraceOptions = {
    json: values.has("--json"),
    html: values.get("--html") ?? null,
    sarif: values.get("--sarif") ?? null,
    github: values.has("--github"),
    accesses: listedAccesses("--accesses", values.get("--accesses")) ?? DEFAULTS.listedAccesses,
    color: colorChoice("--color", values.get("--color")),
    engine: engineChoice("--engine", values.get("--engine")),
    timeoutMs: milliseconds("--timeout", values.get("--timeout")),
    startTimeoutMs: startTimeout(values),
    maxEvents: count("--max-events", values.get("--max-events")) ?? DEFAULTS.maxEvents,
    stackBytes: stackBytes("--stack", values.get("--stack")) ?? DEFAULTS.stackBytes,
    deep: !values.has("--no-deep"),
    declarations: given.flatMap(([name, value]) => {
      const kind = DECLARATION_KINDS[name];
      return kind ? [{ kind, value }] : [];
    }),
    suppressions: given.flatMap(([name, value]) => (name === "--suppressions" ? [value] : [])),
    defaultSuppressions: !values.has("--no-default-suppressions"),
    inspect: inspectOptions(values),
  };
  if (options.json && options.sarif === "-") throw commandLineErrors.twoOnOutput();
  return { command: "trace", library, prototype, args, options };
}

function parseRun(words: readonly string[], as: "run" | "inspect" = "run"): Command {
  // The program's own options are its own: ours end where it starts.
  const { help, values, operands } = scanOptions(
    words,
    COMMANDS.run.options,
    as,
    "before-operands",
  );
  if (help) return { command: "help", topic: as };
  const [program, ...args] = operands;
  if (!program) {
    const what = as === "run" ? "a PROGRAM" : "a PROGRAM, or the command trace";
    throw commandLineErrors.missingOperand(as, what, `ffiscope ${as} -- PROGRAM [ARG...]`);
  }
  const options: RunOptions = {
    events: values.get("--events") ?? null,
    engine: engineChoice("--engine", values.get("--engine")),
    startTimeoutMs: startTimeout(values),
    maxEvents: count("--max-events", values.get("--max-events")) ?? DEFAULTS.maxEvents,
    inspect: inspectOptions(values),
  };
  return { command: "run", program, args, options };
}

/** `inspect trace …` and `inspect run …` are those commands with `--inspect`; the rest is a run. */
function parseInspect([first, ...rest]: readonly string[]): Command {
  if (first === "trace") return parseTrace(["--inspect", ...rest]);
  if (first === "run") return parseRun(["--inspect", ...rest]);
  return parseRun(["--inspect", ...(first === undefined ? [] : [first, ...rest])], "inspect");
}

function parseDoctor(words: readonly string[]): Command {
  const { help, operands } = scanOptions(words, [], "doctor", "anywhere");
  if (help) return { command: "help", topic: "doctor" };
  if (operands[0] !== undefined) throw commandLineErrors.unexpectedOperand("doctor", operands[0]);
  return { command: "doctor" };
}

function parseCompletion(words: readonly string[]): Command {
  const { help, operands } = scanOptions(words, [], "completion", "anywhere");
  if (help) return { command: "help", topic: "completion" };
  const [given, more] = operands;
  const synopsis = `ffiscope completion ${SHELLS.join("|")}`;
  if (given === undefined)
    throw commandLineErrors.missingOperand("completion", "a shell", synopsis);
  const shell = SHELLS.find((name) => name === given);
  if (!shell) throw commandLineErrors.unknownShell(given, SHELLS);
  if (more !== undefined) throw commandLineErrors.unexpectedOperand("completion", more);
  return { command: "completion", shell };
}

/** Each of the options asks for the page. */
function inspectOptions(values: ReadonlyMap<string, string>): InspectOptions | null {
  if (!INSPECT_ROWS.some(({ name }) => values.has(name))) return null;
  return {
    port: port("--inspect-port", values.get("--inspect-port")) ?? 0,
    until: pageEnd("--inspect-until", values.get("--inspect-until")),
  };
}

function startTimeout(values: ReadonlyMap<string, string>): number {
  return milliseconds("--start-timeout", values.get("--start-timeout")) ?? DEFAULTS.startTimeoutMs;
}

function topicOf(word: string | undefined): CommandName | null {
  return COMMAND_NAMES.find((command) => command === word) ?? null;
}

function noSuchCommand(word: string): Error {
  return looksLikeOption(word)
    ? commandLineErrors.unknownOption(word, null, nearestName(word, ["--help", "--version"]))
    : commandLineErrors.unknownCommand(word, nearestName(word, [...COMMAND_NAMES, "help"]));
}
