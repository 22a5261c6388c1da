import { type Suppression, suppressionOf } from "../judge/index.js";
import type { Finding, HeapBuffer } from "../model/index.js";
import type { CallReport, SuppressedFindings, SymbolSource } from "../report/index.js";

/** The code that the findings are of. */
interface Code {
  readonly symbolizer: SymbolSource;
  /** The text of /proc/PID/maps. */
  readonly maps: string;
}

/** The findings that no suppression speaks of, and how many each has taken out. */
export function withoutSuppressed(
  findings: readonly Finding[],
  contents: { readonly all: readonly HeapBuffer[] },
  suppressions: readonly Suppression[],
  { symbolizer, maps }: Code,
): Pick<CallReport, "findings" | "suppressed"> {
  if (findings.length === 0 || suppressions.length === 0) return { findings, suppressed: [] };
  const mapped = mappedFiles(maps);
  const counts = new Map<string, number>();
  const left = findings.filter((finding) => {
    const buffer = contents.all.find(({ name }) => name === finding.buffer);
    if (!buffer) return true;
    const place = {
      image: symbolizer.imageOf(finding.ip),
      function: functionAt(symbolizer, finding),
    };
    const entry = suppressionOf(suppressions, finding, buffer, [place], mapped);
    if (entry) counts.set(entry.name, (counts.get(entry.name) ?? 0) + 1);
    return entry === null;
  });
  const suppressed = [...counts].map(([name, count]): SuppressedFindings => ({ name, count }));
  return { findings: left, suppressed };
}

/** Of `FILE!FUNCTION+0xOFFSET`. */
function functionAt(symbolizer: SymbolSource, { ip }: Finding): string | null {
  return /!(.*)\+0x[0-9a-f]+$/.exec(symbolizer.symbolOf(ip) ?? "")?.[1] ?? null;
}

/** Names of the files in the text of /proc/PID/maps. */
function mappedFiles(maps: string): string[] {
  return [...new Set([...maps.matchAll(/\/([^/\n]+)$/gm)].map(([, name]) => name!))];
}
