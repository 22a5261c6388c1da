import type { Tid, TraceeAddress } from "../../model/index.js";
import { Reg, RegisterFile, type RemoteCode, SIGTRAP, signalInfo } from "../../native/index.js";
import type { CodeCache } from "./code-cache.js";
import type { FragmentLog } from "./fragment-log.js";

const PUSHF = 0x9c;
const OPERAND_SIZE_PREFIX = 0x66;
const TRAP_FLAG = 1n << 8n; // rflags.TF

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
      if (pushesFlags) this.#hideTrapFlag(tid, before);
      return true;
    }
    if (!this.log.isFull(cache, signalInfo(tid))) return false;
    this.log.turn(cache, RegisterFile.of(tid), tid, () => {});
    return true;
  }

  /** `pushf`, with an operand-size prefix or without. */
  #pushesFlags(ip: TraceeAddress): boolean {
    const bytes = Buffer.alloc(2);
    this.code.memory.read(ip, bytes);
    return bytes[0] === PUSHF || (bytes[0] === OPERAND_SIZE_PREFIX && bytes[1] === PUSHF);
  }

  /** A step has the trap flag on the stack, which is ours (SDM vol. 3B, 17.3.1.4). */
  #hideTrapFlag(tid: Tid, before: RegisterFile): void {
    if (before.words[Reg.eflags]! & TRAP_FLAG) return;
    const second = (Number(RegisterFile.of(tid).words[Reg.rsp]!) + 1) as TraceeAddress;
    const byte = Buffer.alloc(1);
    this.code.memory.read(second, byte);
    this.code.memory.write(second, Uint8Array.of(byte[0]! & ~1));
  }
}
