import { DEFAULTS } from "../model/index.js";

interface Told {
  /** Variables on top of ours. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** In bytes. */
  readonly heapBytes: number;
  readonly stackBytes?: number | undefined;
}

/** What a host is told by its environment: ours, the variables that it was given, its heap and its stack. */
export function hostEnvironment({
  env,
  heapBytes,
  stackBytes = DEFAULTS.stackBytes,
}: Told): Record<string, string> {
  return {
    ...ownEnvironment(),
    ...env,
    FFISCOPE_HEAP_BYTES: String(heapBytes),
    FFISCOPE_STACK_BYTES: String(stackBytes),
  };
}

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] != null),
  );
}
