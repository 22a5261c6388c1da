import type { Tid, TraceeAddress } from "../../model/index.js";
import { signalInfo } from "../../native/ptrace/ptrace.js";
import { Reg, RegisterFile } from "../../native/ptrace/registers.js";
import { SIGTRAP } from "../../native/ptrace/signals.js";
import type { RemoteCode } from "../../native/remote/remote-code.js";
import { hideTrapFlag } from "../../threads/trap-flag.js";
import type { CodeCache } from "../cache/code-cache.js";
import type { FragmentLog } from "../log/fragment-log.js";

const PUSHF = 0x9c;
const OPERAND_SIZE_PREFIX = 0x66;

/** Steps borrowed threads in fragments. */
export class FragmentStep {
  constructor(
    readonly code: RemoteCode,
    readonly log: FragmentLog,
  ) {}

  /** One step. False where the instruction has raised a signal that is the program's. */
  step(tid: Tid, cache: CodeCache): boolean {
    const before = RegisterFile.of(tid);
    const pushesFlags = this.#pushesFlags(before.ip);
    const stop = this.code.runToStop(tid, "step");
    if (stop.kind !== "signal" || stop.signal === SIGTRAP) {
      if (pushesFlags) {
        hideTrapFlag(this.code.memory, before.words[Reg.eflags]!, RegisterFile.of(tid));
      }
      return true;
    }
    if (!cache.log.isFull(signalInfo(tid))) return false;
    this.log.turn(cache, RegisterFile.of(tid), tid, () => {});
    return true;
  }

  /** `pushf`, with an operand-size prefix or without. */
  #pushesFlags(ip: TraceeAddress): boolean {
    const bytes = Buffer.alloc(2);
    this.code.memory.read(ip, bytes);
    return bytes[0] === PUSHF || (bytes[0] === OPERAND_SIZE_PREFIX && bytes[1] === PUSHF);
  }
}
