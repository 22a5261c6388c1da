import type { SymbolSource } from "../report/index.js";
import type { Frame } from "../symbols/index.js";

/** What calls the function in the host. */
const CALLER = "koffi.node";

/** Of a host's backtrace, the part that is the call's: from the crash to the function that was asked for. */
export function callFrames(frames: readonly Frame[], symbolizer: SymbolSource): readonly Frame[] {
  const images = frames.map(({ ip, isReturn }) => symbolizer.imageOf(isReturn ? ip - 1 : ip));
  let end = images.lastIndexOf(CALLER);
  while (end > 1 && isHosts(images[end - 1]!)) end--;
  return end > 0 ? frames.slice(0, end) : frames;
}

/** Code of nobody's there is what ffiscope has put between the two. */
const isHosts = (image: string | null) =>
  image === CALLER || image === "ffiscope" || image === null;
