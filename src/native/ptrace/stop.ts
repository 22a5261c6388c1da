import type { Tid } from "../../model/index.js";
import type { SignalNumber } from "./signals.js";

/** Why a tracee stopped or ended: every case that waitid(2) can report of one, and no other. */
export type StopReason =
  /** A system call's entry or exit; PTRACE_GET_SYSCALL_INFO tells which. */
  | { readonly kind: "syscall"; readonly tid: Tid }
  /** A signal is about to be delivered. */
  | { readonly kind: "signal"; readonly tid: Tid; readonly signal: SignalNumber }
  /** A stopping signal took effect. Answered with PTRACE_LISTEN, never CONT. */
  | { readonly kind: "group-stop"; readonly tid: Tid; readonly signal: SignalNumber }
  /** Our PTRACE_INTERRUPT, the first stop of a new thread or process, or a SIGCONT. */
  | { readonly kind: "interrupted"; readonly tid: Tid }
  | { readonly kind: "new-task"; readonly tid: Tid; readonly how: "clone" | "fork" | "vfork" }
  | { readonly kind: "vfork-done"; readonly tid: Tid }
  | { readonly kind: "exec"; readonly tid: Tid }
  /** The thread is about to exit; its memory is still there. */
  | { readonly kind: "exiting"; readonly tid: Tid }
  | { readonly kind: "exited"; readonly tid: Tid; readonly code: number }
  | { readonly kind: "killed"; readonly tid: Tid; readonly signal: SignalNumber };
