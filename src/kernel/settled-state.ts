import type { Tid } from "../model/index.js";
import { type TaskState, taskState } from "../native/ptrace/task-state.js";

/** Looks this often before it lets others run: a call that does not sleep takes microseconds. */
const EAGER_LOOKS = 20;

/** Between later looks, in ms. */
const PAUSE = 0.2;

/** A call that takes longer is not waited for. */
const MAX_LOOKS = 500;

const never = new Int32Array(new SharedArrayBuffer(4));

/** What a thread comes to that runs in a system call: it stops at its exit, or sleeps in it. */
export function settledState(tid: Tid): TaskState {
  for (let look = 0; look < MAX_LOOKS; look++) {
    const state = taskState(tid);
    if (state !== "running") return state;
    if (look > EAGER_LOOKS) Atomics.wait(never, 0, 0, PAUSE);
  }
  return "running";
}
