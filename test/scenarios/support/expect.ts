import { expect } from "chai";
import type { Ended } from "./session.js";

/** What each state waits for, as a violation's message has it. */
const EXPECTED = {
  initialStop: "the start-up SIGSTOP before anything else",
  idle: "StartFfi or OverrideRetcode",
  armed: "SIGSTOP after the Confirmation (or OverrideRetcode)",
  tracing: "SIGUSR1 at the end of the call (or OverrideRetcode)",
  delivering: "that the child receives its MemEvents (or OverrideRetcode)",
} as const;

export type State = keyof typeof EXPECTED;

/** The line that says where a signal of the child's own was raised. */
const CRASH =
  /^(ffiscope: '.+' was killed by SIG\w+)(?: at address 0x\w+)? in .+?( during a call; .+)?\n(?: {2}(?:#\d+ |and \d+ more).*\n)*/m;

/** What is said, without the place of a crash; a crash between calls is nothing but its place. */
export function withoutCrashPlace(stderr: string): string {
  return stderr.replace(CRASH, (_line, who: string, during: string | undefined) =>
    during ? `${who}${during}\n` : "",
  );
}

/** The session ended by exit code, with `stderr` on standard error: nothing, unless it is given. */
export function expectExit(ended: Ended, code: number, stderr = ""): void {
  expect(withoutCrashPlace(ended.stderr)).to.equal(stderr);
  expect(ended).to.include({ code, signal: null });
}

/** The session ended for a violation: exit code 1, and one line that says what came where. */
export function expectViolation(ended: Ended, state: State, came: string): void {
  expect(ended.stderr).to.equal(
    `ffiscope: protocol violation in state ${state}: ${came} came, expected ${EXPECTED[state]}\n`,
  );
  expect(ended).to.include({ code: 1, signal: null });
}

/** The client of the fixtures, as messages name it, ended in this way during a call. */
export function duringCall(program: string, how: string): string {
  return `ffiscope: '${program}' ${how} during a call; its accesses so far are kept\n`;
}

/** `read 0x7f00 4 certain`, as the client announced its accesses, in order. */
export function announced({ lines }: Ended): string[] {
  return lines.filter((line) => line.startsWith("access ")).map((line) => line.slice(7));
}

/** The same, as the client was told of them in its MemEvents. */
export function received({ lines }: Ended): string[] {
  return lines.filter((line) => line.startsWith("event ")).map((line) => line.slice(6));
}

/** The client was told of exactly the accesses that it announced, in order. */
export function expectAnnounced(ended: Ended): void {
  expect(received(ended)).to.deep.equal(announced(ended));
}
