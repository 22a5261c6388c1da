import type { BufferIndex } from "../../judge/buffer-index.js";
import type { Crash } from "../call-report.js";
import { count } from "./style.js";

/** The kernel maps nothing there (vm.mmap_min_addr), and few structures are larger. */
const NULL_REACH = 65_536;
/** Farther from a buffer, a wild pointer only happens to be near. */
const NEAR = 2 ** 20;

/** What probably happened, in plain words; null where nobody can say. */
export function crashHint(crash: Crash, index: BufferIndex): string | null {
  switch (crash.signal) {
    case "SIGSEGV":
    case "SIGBUS":
      return faultHint(crash, index);
    case "SIGFPE":
      return "an integer was divided by zero, or the quotient did not fit";
    case "SIGABRT":
      return "the code gave up by itself: abort(), a failed assert or a corrupted heap";
    case "SIGILL":
      return "an instruction that this processor does not know, or a compiler's trap";
    case "SIGTRAP":
      return "a breakpoint, or a compiler's trap";
    default:
      return null;
  }
}

function faultHint({ address, ip }: Crash, index: BufferIndex): string | null {
  if (address === null) return null;
  if (address === ip) {
    return address < NULL_REACH
      ? "a null function pointer was called"
      : "it jumped to where there is no code";
  }
  if (address < NULL_REACH) {
    const into = address === 0 ? "" : `, ${count(address, "byte")} in`;
    return `a null pointer was dereferenced${into}`;
  }
  const buffer = index.buffers[index.nearest(address, 1)];
  const offset = buffer ? address - buffer.address : 0;
  if (!buffer || Math.abs(offset) > buffer.size + NEAR) return null;
  if (offset < 0) return `${count(-offset, "byte")} before the start of ${buffer.name}`;
  if (offset < buffer.size) return `inside ${buffer.name}, at offset ${offset}`;
  return `${count(offset - buffer.size, "byte")} past the end of ${buffer.name}`;
}
