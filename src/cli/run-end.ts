import type { SessionOutput } from "../machines/index.js";
import { crashText } from "./crash-text.js";
import { say } from "./output.js";

type LaunchNote = SessionOutput["launched"][number];

/** Says how a supervised program has ended, where there is something to say. */
export function sayEnd(command: string, output: SessionOutput): void {
  const program = output.program ?? command;
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
  const { program, pid } = note;
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
