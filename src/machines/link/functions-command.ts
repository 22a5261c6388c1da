import { isCounted } from "../../judge/index.js";
import type { NamedCode } from "../../model/index.js";
import type { TracerCommand } from "../../workers/tracer/messages.js";

/** Tells the tracer of functions that a host has named, and of which it needs the arguments. */
export function functionsCommand(functions: readonly NamedCode[]): TracerCommand {
  const known = functions.map(({ name, address }) => ({
    address: Number(address),
    counted: isCounted(name),
  }));
  return { type: "functions", functions: known };
}
