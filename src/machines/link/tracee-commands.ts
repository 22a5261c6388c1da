import type { LeaseTerms } from "../../ipc/index.js";
import type { AccessBatch } from "../../model/index.js";
import type { ArmedRange } from "../../workers/tracer/messages.js";
import type { RecordingTerms } from "../recording/call-recording.js";
import type { HeapFacts, HostLoad } from "../session/session-events.js";
import type { SentCall } from "./wire-call.js";

/** What a session has its tracee's link do. */
export type TraceeCommand =
  /**
   * Expect the call's SIGSTOP, then confirm, unless it is one that the host was `asked` for. `record`: what
   * is kept of it. `thenLease`: once it is over, calls that follow closely may be served under these terms;
   * null where they may not.
   */
  | {
      readonly type: "arm";
      readonly call: number;
      readonly ranges: readonly ArmedRange[];
      readonly record: RecordingTerms;
      readonly asked?: true;
      readonly thenLease: LeaseTerms | null;
    }
  /** The call that is armed will not be made. */
  | { readonly type: "disarm" }
  | { readonly type: "confirm" }
  | { readonly type: "heap"; readonly heap: HeapFacts }
  /** `judged`: its calls are, by the buffers that it tells of. */
  | {
      readonly type: "hello";
      readonly features: readonly string[];
      readonly marked: boolean;
      readonly judged?: true;
    }
  | { readonly type: "call"; readonly call: SentCall }
  | { readonly type: "load"; readonly load: HostLoad & { readonly call: number } }
  | { readonly type: "exit" }
  /** These are among the events that the call will have. */
  | { readonly type: "keep"; readonly batch: AccessBatch }
  /** Send the child what was kept of its call. */
  | { readonly type: "deliver" }
  | { readonly type: "terminate" }
  | { readonly type: "kill" };
