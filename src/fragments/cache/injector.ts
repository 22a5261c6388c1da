import type { RemoteCode } from "../../native/remote/remote-code.js";
import type { TraceeMemory } from "../../native/remote/tracee-memory.js";

/** What putting code into a tracee takes. */
export interface Injector
  extends Pick<RemoteCode, "borrow" | "mappings" | "quietSyscall" | "syscalls"> {
  readonly memory: Pick<TraceeMemory, "read" | "fill" | "write">;
}
