import type { Pid, Tid } from "../../model/index.js";
import { signalName } from "../../native/ptrace/signals.js";
import type { StopReason } from "../../native/ptrace/stop.js";
import type { LaunchTree } from "./launch-tree.js";
import type { TracerReport } from "./messages.js";
import type { TracerPort } from "./tracer-port.js";

type End = Extract<StopReason, { kind: "exited" | "killed" }>;

export const isEnd = (stop: StopReason): stop is End =>
  stop.kind === "exited" || stop.kind === "killed";

/**
 * The end of a session: that of the child, and of the launcher that has started it. The session hears
 * of it once nobody is left whom our own end would end.
 */
export class LaunchEnd {
  #exit: Extract<TracerReport, { type: "exited" }> | null = null;
  /** How the program has ended that was started. */
  #root: End | null = null;

  constructor(
    private readonly root: Pid,
    private readonly tree: LaunchTree,
    private readonly port: TracerPort,
  ) {}

  childEnded(stop: End): void {
    this.#exit =
      stop.kind === "exited"
        ? { type: "exited", code: stop.code, signal: null }
        : { type: "exited", code: null, signal: signalName(stop.signal) };
    if (this.isOver) this.#leave(this.#root ?? stop);
    this.#tell();
  }

  /** The program that was started is no launcher of the child, or none any more. */
  get isOver(): boolean {
    return !this.tree.has(this.root as number as Tid);
  }

  /** The tree has answered a stop. */
  answered(stop: StopReason): void {
    if (isEnd(stop) && (stop.tid as number) === this.root) {
      this.#root = stop;
      if (this.#exit) this.#leave(stop);
    }
    this.#tell();
  }

  /** A launcher that has not ended by itself was ended, with its session: nothing is to be left of that. */
  #leave(end: End): void {
    if (end.kind === "killed") this.tree.kill();
    else this.tree.letGo();
  }

  #tell(): void {
    if (this.#exit === null || !this.tree.isEmpty) return;
    const launched = this.tree.notes();
    this.port.post({ ...this.#exit, ...(launched.length > 0 && { launched }) });
    this.#exit = null;
  }
}
