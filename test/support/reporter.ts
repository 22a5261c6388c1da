import Mocha, { type MochaOptions, type Runner, type Test } from "mocha";
import { lineOf } from "./counts.js";
import { skipReason } from "./skip.js";

/** How long what keeps the process alive may do so after the run. The hooks have named it by then. */
const GRACE_MS = 2_000;

/** mocha's spec reporter, with why tests were skipped, and with the counts as the very last line. */
export default class Reporter extends Mocha.reporters.Spec {
  readonly #skipped = new Map<string, number>();
  #ended = false;

  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    runner.on("pending", (test) => this.#skip(test));
    runner.once("end", () => this.#end());
    process.once("exit", () => this.#lastLine());
  }

  #skip(test: Test): void {
    const reason = skipReason(test) ?? "no reason was given";
    console.log(`${"  ".repeat(test.titlePath().length + 1)}skipped: ${reason}`);
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + 1);
  }

  #end(): void {
    this.#ended = true;
    for (const [reason, count] of this.#skipped) console.log(`  ${count} skipped: ${reason}`);
    setTimeout(() => process.exit(), GRACE_MS).unref();
  }

  #lastLine(): void {
    const { passes, failures, pending } = this.runner.stats!;
    let failed = failures;
    if (!this.#ended) {
      console.log("  the process ended before its tests did");
      process.exitCode = 1;
      failed = Math.max(1, failures);
    }
    console.log(lineOf({ passed: passes, failed, skipped: pending }));
  }
}
