import type { Tid } from "../../model/index.js";

/**
 * A thread is dying or gone, where it was expected to be stopped. Not an error to report: SIGKILL can
 * come at any time, and the thread's end is reported by waitid.
 */
export class ThreadGone extends Error {
  constructor(readonly tid: Tid) {
    super(`thread ${tid} is gone`);
  }
}
