import type { BufferIndex } from "../judge/buffer-index.js";
import { assertNever, type CrashAccess, type CrashCause, type Finding } from "../model/index.js";
import type { Crash, SymbolSource } from "./call-report.js";
import { plainName } from "./plain-name.js";
import { releasedBuffer } from "./released-buffer.js";
import { count } from "./terminal/style.js";

/** The kernel maps nothing there (vm.mmap_min_addr), and few structures are larger. */
const NULL_REACH = 65_536;
/** Farther from a buffer, a wild pointer only happens to be near. */
const NEAR = 2 ** 20;

/** What else is known of the call. */
interface CallKnown {
  readonly findings: readonly Finding[];
  readonly symbolizer: SymbolSource;
}

/** What happened, in one plain sentence, as far as it is known; null where nobody can say. */
export function crashMessage(
  crash: Crash,
  index: BufferIndex | null,
  known: CallKnown | null = null,
): string | null {
  const released = known && releasedBuffer(crash, known.findings, known.symbolizer);
  if (released) return releasedText(released);
  return crash.cause && causeText(crash, crash.cause, index);
}

function releasedText({ by, buffer }: { by: string; buffer: string }): string {
  return `${by}() was called on ${buffer}, which malloc has not given out: the call was given it, and a library may only free what it has allocated itself, or was given from malloc`;
}

function causeText(crash: Crash, cause: CrashCause, index: BufferIndex | null): string | null {
  switch (cause.kind) {
    case "sent":
      return sentText(crash.signal, cause.bySelf);
    case "unmapped":
      return unmappedText(Number(crash.address), cause.access, index);
    case "protected":
      return protectedText(cause.access, cause.protection, placeText(crash, index));
    case "kernel-space":
      return `${accessText(cause.access)} an address of the kernel's half, which no program may`;
    case "non-canonical":
      return cause.access === "execute"
        ? "it jumped to what is no address at all (not canonical): a function pointer or a return address that was overwritten or never set"
        : `${accessText(cause.access)} what is no address at all (not canonical): a pointer that was overwritten or never set`;
    case "misaligned":
      return `the instruction takes only addresses that are multiples of ${cause.alignment}, and this one is ${Number(crash.address! % BigInt(cause.alignment))} past one`;
    case "stack-overflow":
      return stackText(cause.end, cause.missing);
    case "past-file-end":
      return "a page of a mapped file was touched that the file does not reach: it was cut short, or is shorter than its mapping";
    case "forbidden":
      return "an instruction that only the system may execute";
    case "integer-division":
      return "an integer was divided by zero, or the quotient did not fit";
    case "floating-point":
      return "a floating-point exception that the program has asked to be told of";
    case "illegal-instruction":
      return "an instruction that this processor does not know, or a compiler's trap";
    case "breakpoint":
      return "a breakpoint, or a compiler's trap";
    default:
      return assertNever(cause);
  }
}

function sentText(signal: string, bySelf: boolean): string {
  if (!bySelf) return "the signal was sent by another process";
  return signal === "SIGABRT"
    ? "the code gave up by itself: abort(), a failed assert or a corrupted heap"
    : "the process sent the signal to itself";
}

function unmappedText(address: number, access: CrashAccess, index: BufferIndex | null): string {
  if (access === "execute") {
    return address === 0
      ? "a null function pointer was called"
      : "it jumped to where there is no code";
  }
  if (address < NULL_REACH) {
    const into = address === 0 ? "" : `, ${count(address, "byte")} in`;
    return `a null pointer was dereferenced${into}`;
  }
  const near = nearText(address, index);
  return near ?? `${accessText(access)} an address where there is no memory`;
}

function protectedText(access: CrashAccess, protection: string, place: string | null): string {
  const where = place ? ` (${place})` : "";
  return access === "execute"
    ? `it jumped to memory that is not code${where}: its protection is ${protection}`
    : `${accessText(access)} memory that does not allow it${where}: its protection is ${protection}`;
}

function stackText(end: string | null, missing: number | null): string {
  const beyond = missing === null ? "" : `, and ${count(missing, "byte")} more were wanted`;
  const where = end === null ? "" : `: it ends at ${end}${beyond}`;
  return `the stack ran out (a recursion that is too deep, or a frame that is too large)${where}`;
}

function accessText(access: CrashAccess): string {
  const verb = access === "access" ? "touched" : access === "write" ? "wrote to" : "read from";
  return `it ${verb}`;
}

function placeText({ address }: Crash, index: BufferIndex | null): string | null {
  return address === null ? null : nearText(Number(address), index);
}

/** Where an address is, seen from a buffer that is near; null where none is. */
function nearText(address: number, index: BufferIndex | null): string | null {
  const buffer = index?.buffers[index.nearest(address, 1)];
  const offset = buffer ? address - buffer.address : 0;
  if (!buffer || Math.abs(offset) > buffer.size + NEAR) return null;
  if (offset < 0) return `${count(-offset, "byte")} before the start of ${buffer.name}`;
  const ended = "freed" in buffer ? ", which was freed" : "";
  if (offset < buffer.size) return `inside ${plainName(buffer.name)}${ended}, at offset ${offset}`;
  return `${count(offset - buffer.size, "byte")} past the end of ${buffer.name}`;
}
