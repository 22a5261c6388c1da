import { libc } from "./libc.js";

const sigmask = libc.func("int pthread_sigmask(int how, const void *set, void *old)");
const SIG_SETMASK = 2; // bits/sigaction.h
const SET_SIZE = 128; // sizeof(sigset_t)

/** Runs `work`; the calling thread then blocks the signals that it did before, whatever `work` has set. */
export function keepingSignalMask<T>(work: () => T): T {
  const before = Buffer.alloc(SET_SIZE);
  sigmask(SIG_SETMASK, null, before);
  try {
    return work();
  } finally {
    sigmask(SIG_SETMASK, before, null);
  }
}
