/**
 * A supervisor of its own, for faults of which it may die: `node supervised.js JSON`, a
 * {@link SupervisedRun}. Its last line is the trial, as JSON, where it lives to see the end.
 */
import { isMainThread } from "node:worker_threads";
import { runTrial } from "./trial.js";

export interface SupervisedRun {
  readonly command: readonly string[];
  /** In this state it is killed, so many ms after the session has come there. */
  readonly killed?: { readonly state: string; readonly after: number };
}

if (isMainThread) {
  const { command, killed }: SupervisedRun = JSON.parse(process.argv.at(-1)!);
  const die = () => void process.kill(process.pid, "SIGKILL");
  const trial = await runTrial(
    command,
    (state) => {
      if (state !== killed?.state) return;
      if (killed.after === 0) die();
      else setTimeout(die, killed.after);
    },
    () => {},
  );
  console.log(JSON.stringify(trial));
  process.exit();
}
