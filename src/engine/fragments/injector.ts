import type { RemoteCode, TraceeMemory } from "../../native/index.js";

/** What putting code into a tracee takes. */
export interface Injector
  extends Pick<RemoteCode, "borrow" | "mappings" | "quietSyscall" | "syscalls"> {
  readonly memory: Pick<TraceeMemory, "read" | "write">;
}
