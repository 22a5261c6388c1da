import { type Frame, frameSymbol } from "../../symbols/index.js";
import type { SymbolSource } from "../call-report.js";
import { codeText } from "./access-list.js";

/** Functions that are listed; a recursion that is too deep has many. */
const MAX_LISTED = 24;

/** A line for each function that had not returned, innermost first: `#0  libfoo.so!copy+0x14`. */
export function backtraceLines(frames: readonly Frame[], symbolizer: SymbolSource): string[] {
  const lines = frames
    .slice(0, MAX_LISTED)
    .map((frame, i) => `${`#${i}`.padEnd(4)}${frameText(frame, symbolizer)}`);
  const more = frames.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

function frameText(frame: Frame, symbolizer: SymbolSource): string {
  return frameSymbol(frame, symbolizer) ?? codeText(frame.ip, symbolizer);
}
