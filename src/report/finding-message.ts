import { assertNever, type Finding } from "../model/index.js";
import { plainName } from "./plain-name.js";
import { count } from "./terminal/style.js";

const bytes = (number: number) => count(number, "byte");

/** What a finding says, in plain words. `bufferSize` in bytes. */
export function findingMessage(finding: Finding, bufferSize: number): string {
  const { kind, buffer, offset, size } = finding;
  const where = `(offset ${offset}, size ${bufferSize})`;
  switch (kind) {
    case "out-of-bounds-read":
      return `reads ${outside(finding, bufferSize)} ${where}`;
    case "out-of-bounds-write":
      return `writes ${outside(finding, bufferSize)} ${where}`;
    case "const-write":
      return `writes ${bytes(size)} of ${buffer}, which is const ${where}`;
    case "use-after-free":
      return `uses ${bytes(size)} of ${plainName(buffer)} after it was freed ${where}`;
    case "uninitialised-read":
      return `reads ${bytes(size)} of ${buffer} that nobody wrote ${where}`;
    default:
      return assertNever(kind);
  }
}

/** Bytes that touch the buffer are simply past its end; others are away from it. */
function outside({ buffer, offset, size }: Finding, bufferSize: number): string {
  const isPast = offset >= bufferSize;
  const gap = isPast ? offset - bufferSize : -(offset + size);
  const away = gap > 0 ? `, ${bytes(gap)} away` : "";
  return `${bytes(size)} ${isPast ? "past the end" : "before the start"} of ${buffer}${away}`;
}
