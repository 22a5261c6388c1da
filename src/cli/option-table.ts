import { DEFAULTS } from "../model/index.js";

/** One option of a command: what is scanned, what `--help`, the completions and the man page say. */
export interface OptionRow {
  readonly name: `--${string}`;
  /** What its value is called, null where it takes none; with a `|` these are all there are. */
  readonly value: string | null;
  readonly help: string;
}

export type CommandName = "trace" | "run" | "inspect" | "doctor" | "completion";

const ENGINE: OptionRow = {
  name: "--engine",
  value: "auto|reference",
  help: `how accesses are caught (${DEFAULTS.engine}; reference is slow and simple)`,
};

const INSPECT_PORT: OptionRow = {
  name: "--inspect-port",
  value: "PORT",
  help: "serve it on this port (one that is free)",
};

const INSPECT_UNTIL: OptionRow = {
  name: "--inspect-until",
  value: "exit|closed",
  help: "end with the run (exit), or when the page is closed after the run, or with Ctrl-C (closed, unless told otherwise)",
};

/** Each asks for the page. */
export const INSPECT_ROWS: readonly OptionRow[] = [
  {
    name: "--inspect",
    value: null,
    help: "serve a page that shows it as it goes: see ffiscope inspect --help",
  },
  INSPECT_PORT,
  INSPECT_UNTIL,
];

const TRACE_ROWS: readonly OptionRow[] = [
  { name: "--json", value: null, help: "one JSON object on standard output and nothing else" },
  { name: "--html", value: "FILE", help: "reserved: the report as a page is not built yet" },
  {
    name: "--sarif",
    value: "FILE",
    help: "findings as SARIF 2.1.0; - prints that, not the report",
  },
  { name: "--github", value: null, help: "print the findings as annotations of GitHub Actions" },
  {
    name: "--accesses",
    value: "N|all|offending",
    help: `list the first N accesses (${DEFAULTS.listedAccesses}), all, or those that findings are about`,
  },
  {
    name: "--color",
    value: "auto|always|never",
    help: "colours: auto, unless told, goes by FORCE_COLOR, then NO_COLOR, then whether it is a terminal",
  },
  ENGINE,
  {
    name: "--timeout",
    value: "MS",
    help: "give the call itself at most this long (no limit)",
  },
  {
    name: "--start-timeout",
    value: "MS",
    help: `give the traced process this long to start (${DEFAULTS.startTimeoutMs}), and as long again to load the library with its constructors. After the call it has ${DEFAULTS.exitGraceMs} ms to end by itself`,
  },
  {
    name: "--max-events",
    value: "N",
    help: `keep the first N events (${DEFAULTS.maxEvents}); findings, counts and maps are of all`,
  },
  {
    name: "--stack",
    value: "BYTES",
    help: `run the call on a stack of this size (${DEFAULTS.stackBytes})`,
  },
  {
    name: "--declare",
    value: "TEXT",
    help: "C declarations: prototypes, structs, enums, typedefs; may be repeated",
  },
  {
    name: "--header",
    value: "FILE",
    help: "the same, of a header as 'cc -E' or 'cc -E -dD' prints it; may be repeated",
  },
  {
    name: "--suppressions",
    value: "FILE",
    help: "findings that are by design, as memcheck's users write them; may be repeated",
  },
  {
    name: "--no-default-suppressions",
    value: null,
    help: "judge also what ffiscope knows to be by design",
  },
  {
    name: "--no-deep",
    value: null,
    help: "load the library as plain Node would: without RTLD_DEEPBIND its own internal calls are bound to Node's zlib, OpenSSL, ...",
  },
  ...INSPECT_ROWS,
];

const RUN_ROWS: readonly OptionRow[] = [
  { name: "--events", value: "FILE", help: "write one JSON line a traced call" },
  {
    name: "--start-timeout",
    value: "MS",
    help: `give the program this long to raise its first SIGSTOP (${DEFAULTS.startTimeoutMs})`,
  },
  {
    name: "--max-events",
    value: "N",
    help: `keep the first N events of a call in FILE (${DEFAULTS.maxEvents})`,
  },
  ENGINE,
  ...INSPECT_ROWS,
];

/** All commands, with what each is for and its options; `inspect` takes those of trace or run as well. */
export const COMMANDS: Readonly<
  Record<CommandName, { readonly summary: string; readonly options: readonly OptionRow[] }>
> = {
  trace: { summary: "run one function of a shared library and report", options: TRACE_ROWS },
  run: { summary: "supervise a program that speaks the protocol", options: RUN_ROWS },
  inspect: {
    summary: "the same, with a page that shows it as it goes",
    options: [INSPECT_PORT, INSPECT_UNTIL],
  },
  doctor: { summary: "say what this machine can and cannot do", options: [] },
  completion: { summary: "print a completion script for a shell", options: [] },
};

export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

/** Where the help of an option begins, and where a line ends, in columns. */
const HELP_COLUMN = 23;
const WIDTH = 88;

/** The options as `--help` lists them, each line with its newline. */
export function optionLines(rows: readonly OptionRow[]): string {
  return rows.map(optionText).join("");
}

function optionText({ name, value, help }: OptionRow): string {
  const head = `  ${name}${value === null ? "" : ` ${value}`}`;
  const lines: string[] = [];
  for (const word of help.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || HELP_COLUMN + line.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  const [first = "", ...rest] = lines;
  const indent = " ".repeat(HELP_COLUMN);
  const begin = head.length < HELP_COLUMN - 1 ? head.padEnd(HELP_COLUMN) : `${head}\n${indent}`;
  return [begin + first, ...rest.map((line) => indent + line)].map((line) => `${line}\n`).join("");
}
