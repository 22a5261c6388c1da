import type { CallRecord, SessionOutput } from "../machines/index.js";
import type { NamedCode } from "../model/index.js";
import { findingMessage } from "../report/index.js";
import { Symbolizer } from "../symbols/index.js";
import { crashText } from "./crash-text.js";
import { say } from "./output.js";

type LaunchNote = SessionOutput["launched"][number];

/** Says how a supervised program has ended, where there is something to say. */
export function sayEnd(command: string, output: SessionOutput): void {
  const program = oneLine(output.program ?? command);
  for (const note of output.launched) sayNote(note);
  const { signal, exitCode, ready, launching, duringCall, execed } = output;
  if (!ready && launching) {
    say(`'${program}' ended, and no program that it started has attached: nothing was traced`);
  } else if (!ready) {
    say(`'${program}' ended before its start-up SIGSTOP: nothing was traced`);
  }
  const crash = output.crash && crashText(output.crash);
  const killed = crash?.text ?? `was killed by ${signal}`;
  const how = signal ? killed : `exited with code ${exitCode}`;
  if (duringCall && execed) {
    say(
      `'${program}' became another program during a call (execve), which ${how}; its accesses until then are kept`,
    );
  } else if (duringCall) say(`'${program}' ${how} during a call; its accesses so far are kept`);
  else if (crash) say(`'${program}' ${how}`);
  sayLines(crash?.backtrace ?? []);
}

/** Of a program that a launcher has started, and that is not the child. */
function sayNote(note: LaunchNote): void {
  const { pid } = note;
  const program = oneLine(note.program);
  if (note.kind === "second") {
    return say(
      `'${program}' (process ${pid}) attached beside another program, and was ended: one run traces one; start them in runs of their own`,
    );
  }
  const crash = crashText(note.crash);
  say(`'${program}' (process ${pid}) ${crash?.text ?? "was killed"} before it attached`);
  sayLines(crash?.backtrace ?? []);
}

function sayLines(lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`  ${line}\n`);
}

/** Of one call: a loop may make one for each of its strides. */
const MAX_FINDINGS = 20;

/** Says what a call must not have done, where the program has told of its buffers. */
export function sayFindings(record: CallRecord, functions: readonly NamedCode[]): void {
  const { call, findings, buffers, maps } = record;
  if (!findings?.length || !buffers) return;
  const symbolizer = new Symbolizer(maps, functions);
  for (const finding of findings.slice(0, MAX_FINDINGS)) {
    const size = buffers.find(({ name }) => name === finding.buffer)?.size ?? 0;
    const place = symbolizer.symbolOf(finding.ip);
    const at = place === null ? "" : ` at ${place}`;
    say(oneLine(`call ${call}: ${finding.kind}: ${findingMessage(finding, size)}${at}`));
  }
  const more = findings.length - MAX_FINDINGS;
  if (more > 0) say(`call ${call}: and ${more} more findings`);
}

/** What a child names may hold anything: a script of `sh -c` has several lines. */
const oneLine = (text: string) => text.replace(/\p{Cc}+/gu, " ");
