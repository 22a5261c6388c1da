import { Guard } from "../../guard/guard.js";
import { EventBuffer } from "../../model/event-buffer.js";
import { PAGE_SIZE, type Pid, type Tid, type TraceeAddress } from "../../model/index.js";
import { symbolAddress } from "../../native/libc.js";
import { VIEW_DISTANCE } from "../../native/memory/heap-mapping.js";
import { RegisterFile } from "../../native/ptrace/registers.js";
import { ProcessMappings } from "../../native/remote/process-mappings.js";
import { TraceeMemory } from "../../native/remote/tracee-memory.js";
import { knownClasses } from "../../x86/encoding/known-classes.js";
import { CodeCache } from "../cache/code-cache.js";
import type { Injector } from "../cache/injector.js";
import { PageTable } from "../cache/page-table.js";
import { LogReader } from "../log/log-reader.js";
import { CodeSource } from "../translate/code-source.js";
import { OperandModes } from "../translate/operand-modes.js";
import { Translator } from "../translate/translator.js";

/**
 * How many instructions are translated. After that each takes a third of the time. Rehearsing
 * longer triggers V8's optimiser, which costs more than the first call saves.
 */
export const INSTRUCTIONS = 200;

/** Of the code that is translated, in bytes. */
const SAMPLE = 1 << 16;
/** Functions begin at multiples of this, in bytes. */
const ALIGNMENT = 16;
/** What stands between functions: the end of one, and padding. */
const BETWEEN = new Set([0xc3, 0x90, 0xcc, 0x00]);

/** A heap that does not exist. All registers point into it. */
const HEAP = { guarded: 2 ** 44, backdoor: 2 ** 44 + VIEW_DISTANCE, size: 2 ** 28 };
/** The address of every mapping that is only pretended. */
const NOWHERE = 2 ** 30;

/**
 * Translates code of the tracer's own process as a first call would, so that V8 has compiled the
 * translator by then. In steps of a few ms, while the tracer has nothing else to do. Returns how
 * many instructions it has translated.
 */
export function* rehearse(): Generator<void, number> {
  knownClasses();
  yield;
  const self = process.pid as Pid;
  const memory = new TraceeMemory(self);
  const mappings = new ProcessMappings();
  try {
    mappings.renew(self as number as Tid);
    return yield* rehearseOn({ memory, mappings }, self as number as Tid);
  } finally {
    mappings.close();
    memory.close();
  }
}

interface Process {
  readonly memory: TraceeMemory;
  readonly mappings: ProcessMappings;
}

function* rehearseOn(process: Process, self: Tid): Generator<void, number> {
  const guard = new Guard();
  guard.addHeap({
    ...HEAP,
    guarded: HEAP.guarded as TraceeAddress,
    backdoor: HEAP.backdoor as TraceeAddress,
  });
  const registers = new RegisterFile();
  registers.words.fill(BigInt(HEAP.guarded + PAGE_SIZE));
  const code = withoutEffect(process, registers);
  const source = new CodeSource(process, { trusts: () => true, news: () => "none" });
  const reader = new LogReader(guard, new EventBuffer(() => {}));
  const pageTable = new PageTable(code, guard);
  const translator = new Translator(code, source, new OperandModes(guard), pageTable, reader);
  const cache = new CodeCache(code, self);
  yield;
  for (const entry of entriesOf(process)) {
    if (translator.stats.translated >= INSTRUCTIONS) break;
    translator.translate(cache, self, entry, registers);
    yield;
  }
  return translator.stats.translated;
}

/** An injector that changes nothing, and reports that all went well. */
function withoutEffect({ memory, mappings }: Process, registers: RegisterFile): Injector {
  return {
    memory: {
      read: (address, into) => memory.read(address, into),
      fill: (address, into) => memory.fill(address, into),
      write: () => {},
    },
    mappings,
    borrow: (_tid, work) => work(registers),
    quietSyscall: (_tid, _number, address) => Number(address) || NOWHERE,
    syscalls: (_tid, calls) => calls.map(() => NOWHERE),
  };
}

/** Addresses at which functions of the C library probably begin. */
function* entriesOf({ memory, mappings }: Process): Generator<TraceeAddress> {
  const libc = mappings.atOrAfter(symbolAddress("qsort") ?? 0);
  if (!libc) return;
  const start = libc.start + Math.floor((libc.end - libc.start) / 4 / PAGE_SIZE) * PAGE_SIZE;
  const bytes = new Uint8Array(SAMPLE);
  memory.read(start as TraceeAddress, bytes);
  for (let at = ALIGNMENT; at < SAMPLE; at += ALIGNMENT) {
    if (BETWEEN.has(bytes[at - 1]!)) yield (start + at) as TraceeAddress;
  }
}
