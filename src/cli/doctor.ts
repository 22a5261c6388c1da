import { readFileSync } from "node:fs";
import { release } from "node:os";
import { FfiscopeError } from "../model/index.js";
import { parsePrototype } from "../prototype/index.js";
import { traceCall } from "../scope/index.js";
import { parseArguments } from "./arguments/index.js";
import { ALL_WELL, CANNOT_TRACE_HERE, requirePlatform } from "./exit-codes.js";

/** One thing that was looked at. */
interface Diagnosis {
  readonly what: string;
  /** `note`: worth knowing, and no obstacle. */
  readonly verdict: "ok" | "note" | "fails";
  readonly detail: string;
}

const MARKS = { ok: "ok   ", note: "note ", fails: "FAILS" } as const;

/** `ffiscope doctor`: says what this machine can and cannot do, and why. Returns the exit code. */
export async function doctor(): Promise<number> {
  const diagnoses = [platform(), node(), kernel(), yama(), memfdExecution(), ...(await tracing())];
  const lines = diagnoses.map(
    ({ what, verdict, detail }) => `${MARKS[verdict]} ${what.padEnd(18)} ${detail}`,
  );
  const works = diagnoses.every(({ verdict }) => verdict !== "fails");
  lines.push(
    "",
    works ? "Tracing works on this machine." : "Tracing does not work on this machine.",
  );
  process.stdout.write(`${lines.join("\n")}\n`);
  return works ? ALL_WELL : CANNOT_TRACE_HERE;
}

function platform(): Diagnosis {
  const what = "platform";
  try {
    requirePlatform();
    return { what, verdict: "ok", detail: "Linux x86-64" };
  } catch (error) {
    return { what, verdict: "fails", detail: (error as Error).message };
  }
}

function node(): Diagnosis {
  return { what: "Node", verdict: "ok", detail: process.version };
}

function kernel(): Diagnosis {
  return { what: "kernel", verdict: "ok", detail: release() };
}

function yama(): Diagnosis {
  const what = "ptrace_scope";
  const scope = setting("kernel/yama/ptrace_scope");
  if (scope === null)
    return { what, verdict: "ok", detail: "no Yama here: nothing restricts ptrace" };
  if (scope < 2) return { what, verdict: "ok", detail: `${scope}: a child may be traced` };
  const detail = `${scope}: only ${scope === 2 ? "administrators may trace" : "nobody may trace"}; set kernel.yama.ptrace_scope to 0 or 1`;
  return { what, verdict: "note", detail };
}

function memfdExecution(): Diagnosis {
  const what = "memfd_noexec";
  const mode = setting("vm/memfd_noexec");
  if (mode !== 2) return { what, verdict: "ok", detail: "programs may run from memory" };
  return { what, verdict: "fails", detail: "2: set vm.memfd_noexec to 0 or 1" };
}

/** The proof: traces a real call. */
async function tracing(): Promise<Diagnosis[]> {
  const what = "tracing";
  const signature = parsePrototype("size_t strlen(const char *s)");
  const args = parseArguments(signature, ["hello"], readFileSync);
  try {
    const { result, record } = await traceCall({ library: "libc.so.6", signature, args });
    const reads = record.log.length;
    const right = result === 5 && reads > 0;
    const detail = `strlen("hello") of libc.so.6 returned ${result}, ${reads} reads in ${record.stats?.stops} stops`;
    return [{ what, verdict: right ? "ok" : "fails", detail }, fragments(record.stats?.engine)];
  } catch (error) {
    if (!(error instanceof FfiscopeError)) throw error;
    return [{ what, verdict: "fails", detail: error.message }];
  }
}

function fragments(engine: string | undefined): Diagnosis {
  const what = "fragments";
  if (engine === "fragments") return { what, verdict: "ok", detail: "this processor runs them" };
  const detail = "not here: they need BMI2 and FSGSBASE; tracing is exact, and slow";
  return { what, verdict: "note", detail };
}

/** A kernel setting below /proc/sys; null where there is none. */
function setting(name: string): number | null {
  try {
    return Number(readFileSync(`/proc/sys/${name}`, "utf8"));
  } catch {
    return null;
  }
}
