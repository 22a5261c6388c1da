import {
  FfiscopeError,
  PAGE_SIZE,
  type Tid,
  type TraceeAddress,
  USER_SPACE_END,
} from "../../model/index.js";
import { PROT_EXEC, PROT_READ, PROT_WRITE, readMappings } from "../memory/maps.js";
import { SYS_MPROTECT } from "../syscall-numbers.js";
import type { Injection } from "./injection.js";
import { mapApart, type RunRemoteCalls } from "./map-apart.js";
import { TABLE_ROUTINE, TABLE_SIZE } from "./syscall-table.js";
import { TraceeCallFailed } from "./tracee-call-failed.js";
import type { TraceeMemory } from "./tracee-memory.js";

const SYSCALL_INSTRUCTION = Buffer.from([0x0f, 0x05]);
const INT3 = 0xcc;

/**
 * Layout of the page that we keep in the tracee: a `syscall`, a slot for one copied instruction, and
 * the routine that runs a table of system calls.
 */
const SLOT_OFFSET = 64;
const ROUTINE_OFFSET = 128;

/** Behind the table, in bytes. */
const ROOM_SIZE = PAGE_SIZE;

/** What we keep in one address space of the tracee, made at the first use on a borrowed thread. */
export class InjectedPage {
  #page: TraceeAddress | null = null;

  constructor(
    readonly memory: TraceeMemory,
    readonly injection: Injection,
  ) {}

  /** `address` is in code of ours. */
  contains(address: number): boolean {
    return this.#page !== null && address >= this.#page && address < this.#page + PAGE_SIZE;
  }

  /** Of a `syscall` instruction, with an `int3` behind it. */
  syscallAt(tid: Tid): TraceeAddress {
    this.#page ??= this.#make(tid);
    return this.#page;
  }

  /** Of room for an instruction and an `int3`. */
  slotAt(tid: Tid): TraceeAddress {
    return (this.syscallAt(tid) + SLOT_OFFSET) as TraceeAddress;
  }

  /** Of {@link TABLE_ROUTINE}. */
  routineAt(tid: Tid): TraceeAddress {
    return (this.syscallAt(tid) + ROUTINE_OFFSET) as TraceeAddress;
  }

  /** Of {@link ROOM_SIZE} bytes for what system calls write. */
  roomAt(tid: Tid): TraceeAddress {
    return (this.tableAt(tid) + TABLE_SIZE) as TraceeAddress;
  }

  /** Of {@link TABLE_SIZE} bytes for the routine's table. */
  tableAt(tid: Tid): TraceeAddress {
    return (this.syscallAt(tid) + PAGE_SIZE) as TraceeAddress;
  }

  /** The code's page, with the table's memory behind it. Without a SIGTRAP: see {@link Injection}. */
  #make(tid: Tid): TraceeAddress {
    const at = this.#findSyscallInstruction(tid);
    const run: RunRemoteCalls = (calls) =>
      calls.map(({ number, args }) =>
        Number(this.injection.syscall(tid, at, number, args, "syscall")),
      );
    const size = PAGE_SIZE + TABLE_SIZE + ROOM_SIZE;
    const start = mapApart(run, [{ size, protection: PROT_READ | PROT_WRITE }])[0]!;
    if (start < 0) throw new TraceeCallFailed("mmap", -start);
    const args = [start, PAGE_SIZE, PROT_READ | PROT_EXEC];
    const result = run([{ number: SYS_MPROTECT, args }])[0]!;
    if (result < 0) throw new TraceeCallFailed("mprotect", -result);
    const page = start as TraceeAddress;
    this.memory.write(page, Buffer.from([...SYSCALL_INSTRUCTION, INT3]));
    this.memory.write((page + ROUTINE_OFFSET) as TraceeAddress, TABLE_ROUTINE);
    return page;
  }

  /** In the vDSO if there is one, else in any executable mapping. */
  #findSyscallInstruction(tid: Tid): TraceeAddress {
    const executable = readMappings(tid).filter(
      (mapping) => mapping.protection & PROT_EXEC && mapping.end <= USER_SPACE_END,
    );
    const vdsoFirst = executable.sort(
      (a, b) => Number(b.name === "[vdso]") - Number(a.name === "[vdso]"),
    );
    for (const mapping of vdsoFirst) {
      const code = Buffer.alloc(mapping.end - mapping.start);
      const length = this.memory.read(mapping.start, code);
      const offset = code.subarray(0, length).indexOf(SYSCALL_INSTRUCTION);
      if (offset >= 0) return (mapping.start + offset) as TraceeAddress;
    }
    throw new FfiscopeError({
      code: "NO_SYSCALL_INSTRUCTION",
      message: `process ${this.memory.pid} has no executable mapping with a syscall instruction`,
    });
  }
}
