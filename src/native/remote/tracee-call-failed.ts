import { SystemError } from "../libc.js";

/** The tracee was made to run a system call, and that has failed: nothing is wrong with us or with it. */
export class TraceeCallFailed extends SystemError {
  constructor(name: string, errno: number) {
    super(`${name} in the tracee`, errno);
  }
}
