import type { Finding } from "../../model/index.js";
import type {
  CallOutcome,
  CallRecord,
  HeapFacts,
  HostCall,
  HostLoad,
  SessionEmitted,
  SessionInput,
  ViolationFacts,
} from "../session/session-events.js";
import type { SessionOutput } from "../session/session-output.js";

/**
 * When a child that has ended is started again (OTP's restart types). `permanent`: always.
 * `transient`: unless it ended well, with exit code 0. `temporary`: never, and it is forgotten.
 */
export type Restart = "permanent" | "transient" | "temporary";

/**
 * How a child is ended. `brutal-kill`: at once. Else it is asked to: a host exits once its call is
 * over, another program gets SIGTERM; and it is killed if it has not ended within so many ms.
 */
export type Shutdown = number | "brutal-kill" | "infinity";

/** A session to supervise. */
export interface ChildSpec {
  /** Its name among the children; also the id of its actor. */
  readonly id: string;
  readonly start: SessionInput;
  /** `permanent` unless given. */
  readonly restart?: Restart;
  /** 5,000 ms unless given. */
  readonly shutdown?: Shutdown;
}

/** What a supervisor is started with. */
export interface SupervisorInput {
  /** Started in this order, ended in the other. */
  readonly children?: readonly ChildSpec[];
  /** A child that ends is replaced, the others go on. */
  readonly strategy?: "one-for-one";
  /** More restarts than this within `period` end all children and the supervisor; 1 unless given. */
  readonly intensity?: number;
  /** In ms; 5,000 unless given. */
  readonly period?: number;
}

/** One thing that a host among the children is asked for. Its answer is `settled`, with this `ref`. */
export type ChildRequest = { readonly ref: string } & (
  | { readonly call: HostCall }
  | { readonly load: HostLoad }
);

/** Everything that can happen to a supervisor. */
export type SupervisorEvent =
  /** Another child. One of that id must not be there. */
  | { readonly type: "supervisor.start"; readonly child: ChildSpec }
  /** Ends a child, and keeps it for `supervisor.restart`; a temporary one is forgotten. */
  | { readonly type: "supervisor.terminate"; readonly id: string }
  /** Starts one that was ended by `supervisor.terminate`, or that ended well and was transient. */
  | { readonly type: "supervisor.restart"; readonly id: string }
  /** Forgets one that does not run. */
  | { readonly type: "supervisor.delete"; readonly id: string }
  /** Asks a host. Requests to one child take turns; they wait for it to be there, also for a restart. */
  | { readonly type: "supervisor.call"; readonly id: string; readonly request: ChildRequest }
  /** Ends all children, the last first, and then itself. */
  | { readonly type: "supervisor.shutdown" }
  | { readonly type: "child.told"; readonly id: string; readonly told: SessionEmitted }
  | { readonly type: "child.graceOver"; readonly id: string };

/** How a request ended. */
export interface Settled {
  readonly ref: string;
  /** `refused`: it was not made. `lost`: its child ended, or is gone, before it could answer. */
  readonly outcome: CallOutcome | "refused" | "lost";
  /** Of one that returned: see `returned` of a session. */
  readonly result: string | number | null;
  /** Of a call that had begun. */
  readonly record: CallRecord | null;
  /** Why there is no answer, of one that was refused or lost. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** Why a supervisor refuses what it is asked. */
export type RefusedCode = "CHILD_EXISTS" | "NO_SUCH_CHILD" | "CHILD_RUNS" | "INVALID_OPTION";

/** What a supervisor emits to whoever listens with `actor.on`. `child` is the id of the one it is about. */
export type SupervisorEmitted =
  | { readonly type: "started"; readonly child: string; readonly pid: number }
  /** It is a host, and can be asked. Its heap's descriptor is closed when it ends: see `HeapFacts`. */
  | { readonly type: "host"; readonly child: string; readonly heap: HeapFacts }
  | { readonly type: "call"; readonly child: string; readonly record: CallRecord }
  | {
      readonly type: "finding";
      readonly child: string;
      readonly call: number;
      readonly finding: Finding;
    }
  | { readonly type: "violation"; readonly child: string; readonly violation: ViolationFacts }
  | ({ readonly type: "settled"; readonly child: string } & Settled)
  /** A child has ended. */
  | { readonly type: "exit"; readonly child: string; readonly output: SessionOutput }
  /** It is started again: for the `restarts`th time. */
  | { readonly type: "restart"; readonly child: string; readonly restarts: number }
  | { readonly type: "gaveUp"; readonly child: string; readonly message: string }
  | {
      readonly type: "refused";
      readonly child: string;
      readonly code: RefusedCode;
      readonly message: string;
    };

/** How a supervisor ended. `intensity`: there were more restarts than it takes. */
export interface SupervisorOutput {
  readonly reason: "shutdown" | "intensity";
  readonly message: string | null;
}
