import type { Inspector } from "../inspector/index.js";
import { countUnknown } from "../model/index.js";
import { Declarations } from "../prototype/index.js";
import {
  type CallReport,
  githubAnnotations,
  jsonReportChunks,
  sarifLog,
  styleOf,
  terminalChunks,
} from "../report/index.js";
import { declareHeader } from "../scope/header-files.js";
import { suppressionsOf, traceCall } from "../scope/index.js";
import { loadFunctions } from "./arguments/functions.js";
import { parseArguments } from "./arguments/index.js";
import type { Cancellation } from "./end-by-signal.js";
import { commandLineErrors } from "./errors.js";
import { ALL_WELL, CALL_WENT_WRONG } from "./exit-codes.js";
import { keepPage, openPage } from "./inspect.js";
import type { Command } from "./options.js";
import { say, writeAll } from "./output.js";
import { writeWhole } from "./output-file.js";
import { Progress } from "./progress.js";
import { inputFile, requireOneReader } from "./standard-input.js";
import { version } from "./version.js";

type TraceCommand = Extract<Command, { command: "trace" }>;

/** `ffiscope trace`: runs one function and reports. Returns the exit code. */
export async function trace(command: TraceCommand, cancellation: Cancellation): Promise<number> {
  const { options } = command;
  if (options.html !== null) throw commandLineErrors.htmlIsToCome();
  const inspector = await openPage(options.inspect);
  try {
    const code = await traceAndReport(command, cancellation, inspector);
    if (inspector) await keepPage(inspector, options.inspect!, cancellation.signal);
    return code;
  } finally {
    await inspector?.close();
  }
}

async function traceAndReport(
  command: TraceCommand,
  { signal, release, listen, ended }: Cancellation,
  inspector: Inspector | null,
): Promise<number> {
  const { options } = command;
  const report = await traceAndJudge(command, signal, inspector);
  // From here on a signal ends the process at once: writing lets no event in.
  ended();
  release();
  warnOfUnknown(report);
  warnOfLostResult(report);
  if (options.sarif !== null) {
    const text = `${JSON.stringify(sarifLog(report, command.library, version()), null, 2)}\n`;
    if (options.sarif === "-") await writeAll(process.stdout, [text]);
    else writeWhole("--sarif", options.sarif, text);
  }
  if (options.sarif === "-") {
    // It is in place of the report.
  } else if (options.json) {
    await writeAll(process.stdout, jsonReportChunks(report));
    process.stdout.write("\n");
  } else {
    const style = styleOf(process.stdout, process.env, options.color);
    await writeAll(
      process.stdout,
      terminalChunks(report, { ...style, accesses: options.accesses }),
    );
  }
  if (options.github) {
    const output = options.json || options.sarif === "-" ? process.stderr : process.stdout;
    await writeAll(output, githubAnnotations(report, command.library));
  }
  listen();
  const clean = report.outcome === "returned" && report.findings.length === 0;
  return clean ? ALL_WELL : CALL_WENT_WRONG;
}

/** The call has returned, and its host could not say what. */
function warnOfLostResult({ outcome, result, signature }: CallReport): void {
  if (outcome !== "returned" || result !== null || signature.result.kind === "void") return;
  say(
    "what the function returned is not known: it has closed the host's line (close_range, closefrom)",
  );
}

/** What is not understood is in the trace, and said. */
function warnOfUnknown({ log, unkept }: CallReport): void {
  const unknown = countUnknown(log) + (unkept?.unknown ?? 0);
  if (unknown > 0) {
    say(
      `${unknown} accesses are not understood: the report has them as 'unknown', by address alone`,
    );
  }
}

/** @throws UsageError where one cannot be read or understood. */
function declared(sources: TraceCommand["options"]["declarations"]): Declarations {
  const declarations = new Declarations();
  for (const { kind, value } of sources) {
    if (kind === "text") declarations.declare(value, "--declare");
    else declareHeader(declarations, value);
  }
  return declarations;
}

async function traceAndJudge(
  command: TraceCommand,
  signal: AbortSignal,
  inspector: Inspector | null,
): Promise<CallReport> {
  const { library, options } = command;
  const files = options.declarations.filter(({ kind }) => kind === "file");
  requireOneReader({
    headers: files.map(({ value }) => value),
    suppressions: options.suppressions,
    args: command.args,
  });
  const signature = declared(options.declarations).signature(command.prototype);
  const functions = await loadFunctions(signature, command.args);
  const args = parseArguments(signature, command.args, inputFile, functions);
  const suppressions = suppressionsOf(options, inputFile);
  let progress: Progress | null = null;
  let session: object | null = null;
  try {
    const report = await traceCall({
      library,
      signature,
      args,
      signal,
      keepCancelled: true,
      deep: options.deep,
      engine: options.engine,
      timeoutMs: options.timeoutMs,
      startTimeoutMs: options.startTimeoutMs,
      maxEvents: options.maxEvents,
      stackBytes: options.stackBytes,
      suppressions,
      stdoutToStderr: options.json,
      ...(inspector && {
        inspect: (inspection) => {
          session ??= inspection.actorRef;
          inspector.inspect(inspection);
        },
      }),
      onKilledAtExit: (ms) =>
        say(
          `the process had not ended ${ms} ms after the call, and was killed: exit handlers may hang`,
        ),
      onEnd: () => (progress as Progress | null)?.stop(),
      onStart: () => {
        progress = new Progress(signature.name);
      },
      onAccesses: (batch) => progress?.add(batch.length),
    });
    if (session) inspector?.addFindings(session, report.record.call, report.findings);
    return report;
  } finally {
    (progress as Progress | null)?.stop();
  }
}
