import type { Context, Suite } from "mocha";
import { drained } from "./event-loop.js";
import { expectNothingLeft, leftProcesses, markDescendants } from "./processes.js";
import { skipReason } from "./skip.js";

/** An idle piscina worker lives on for its idle timeout of a second. */
const DRAIN_MS = 5_000;

/** What spoils a run although each of its tests passed. */
const warnings: string[] = [];
let running = "before the first test";

/** Mocha's root hooks: they see to it that a run that passes left nothing behind. */
export const mochaHooks = {
  beforeAll(): void {
    markDescendants();
    process.on("warning", ({ name, message }) => warnings.push(`${name}: ${message} (${running})`));
  },

  beforeEach(this: Context): void {
    running = this.currentTest!.fullTitle();
  },

  async afterAll(this: Context): Promise<void> {
    await null; // mocha starts a timer once a hook has returned its promise
    this.test!.clearTimeout(); // it would keep the process alive
    const problems = [
      ...(await handlesLeft()),
      ...(await processesLeft()),
      ...warnings.map((warning) => `stray warning: ${warning}`),
      ...unexplained(this.test!.parent!).map((title) => `skipped without a reason: ${title}`),
    ];
    if (problems.length > 0) throw new Error(problems.join("\n"));
  },
};

async function handlesLeft(): Promise<string[]> {
  const names = await drained(DRAIN_MS);
  if (names === null) return [];
  return [`still open ${DRAIN_MS / 1000} s after the last test: ${names.join(", ")}`];
}

/** What is left is killed, or a tracer that waits for it would keep this process from its end. */
async function processesLeft(): Promise<string[]> {
  try {
    await expectNothingLeft();
    return [];
  } catch (error) {
    for (const { pid, state } of leftProcesses()) if (state !== "Z") process.kill(pid, "SIGKILL");
    return [(error as Error).message];
  }
}

function unexplained(root: Suite): string[] {
  const titles: string[] = [];
  root.eachTest((test) => {
    if (test.isPending() && !skipReason(test)) titles.push(test.fullTitle());
  });
  return titles;
}
