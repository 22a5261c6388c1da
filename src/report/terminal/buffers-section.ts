import type { BufferIndex } from "../../judge/buffer-index.js";
import type { Finding, HeapBuffer } from "../../model/index.js";
import type { Coverage, TraceSummary } from "../trace-summary.js";
import { byteMap } from "./byte-map.js";
import { count, type Paint } from "./style.js";

/** What a call did to each buffer, in numbers and as a map. */
export function buffersSection(
  findings: readonly Finding[],
  { buffers }: BufferIndex,
  { coverage }: TraceSummary,
  width: number,
  paint: Paint,
): string[] {
  let scaled = false;
  // Arguments' order, not addresses'.
  const order = [...buffers.keys()].sort((a, b) => buffers[a]!.arg - buffers[b]!.arg);
  const lines = order.flatMap((at) => {
    const buffer = buffers[at]!;
    const own = findings.filter((finding) => finding.buffer === buffer.name);
    const map = byteMap(buffer, coverage[at]!, own, width - 2, paint);
    scaled ||= map.scale > 1;
    const scale = map.scale > 1 ? paint("quiet", `, ${map.scale} a character`) : "";
    return [
      `${paint("title", buffer.name)}  ${factsText(buffer, coverage[at]!)}${scale}`,
      ...map.lines.map((line) => `  ${line}`),
    ];
  });
  return lines.length === 0 ? [] : [...lines, `  ${legend(scaled, paint)}`];
}

function factsText(buffer: HeapBuffer, { read, written }: Coverage): string {
  let untouched = buffer.size;
  for (let at = 0; at < buffer.size; at++) untouched -= read.marks[at]! | written.marks[at]!;
  return (
    `${buffer.const ? "const, " : ""}${count(buffer.size, "byte")}: ` +
    `${read.count()} read, ${written.count()} written, ${untouched} untouched`
  );
}

function legend(scaled: boolean, paint: Paint): string {
  const keys = [
    `${paint("read", "R")} read`,
    `${paint("write", "W")} written`,
    `${paint("both", "B")} both`,
    `${paint("quiet", "·")} untouched`,
    `${paint("bad", "!")} offending`,
    ...(scaled ? ["small letters: in part"] : []),
  ];
  return keys.join("  ");
}
