import { FfiscopeError } from "../../model/index.js";
import { EBADF, EPERM } from "../../native/errno.js";
import { closeDescriptor } from "../../native/files.js";
import { SystemError } from "../../native/libc.js";
import {
  type MemoryFileFacts,
  memoryFileFacts,
  sealAgainstShrinking,
} from "../../native/memory-file.js";
import { fetchDescriptor } from "../../native/pidfd.js";

/** What a child's message says of memory that it gives. */
export interface GivenMemory {
  readonly message: "Heap" | "EventMemory";
  /** Its number in the child. */
  readonly fd: number;
  /** At least, in bytes. */
  readonly size: number;
}

/**
 * The memory that a child gives, as a descriptor of ours: its own open file. Nothing is opened that the
 * child could not open, and nothing is taken that is no memory, or could be taken away again. Null
 * where the child has died since it told of it. Throws FfiscopeError HEAP_REFUSED, and
 * DESCRIPTOR_KEPT where this process must not look at the child.
 */
export function memoryOf(pidfd: number, given: GivenMemory): number | null {
  const fd = fetch(pidfd, given);
  if (fd === null) return null;
  try {
    const wrong = objection(memoryFileFacts(fd), fd, given);
    if (wrong !== null) throw refused(given, wrong);
    return fd;
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
}

function objection(facts: MemoryFileFacts, fd: number, { message, size }: GivenMemory) {
  if (!facts.isMemoryFile) return "is no memory (memfd_create)";
  if (!facts.isReadWrite) return "cannot be read and written";
  if (facts.size < size) return `has ${facts.size} bytes, and ${size} were announced`;
  // Events are only written, which makes it as large as need be.
  if (message === "EventMemory" || facts.keepsSize || sealAgainstShrinking(fd)) return null;
  return "can be made smaller, and not be sealed (MFD_ALLOW_SEALING)";
}

function fetch(pidfd: number, given: GivenMemory): number | null {
  try {
    return fetchDescriptor(pidfd, given.fd);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.errno === EBADF) throw refused(given, "is not open");
    if (error.errno !== EPERM) throw error;
    throw new DescriptorKept(given, error);
  }
}

/** The kernel does not let this process look at the child's descriptors. */
export class DescriptorKept extends FfiscopeError {
  constructor({ message, fd }: GivenMemory, cause: SystemError) {
    super({
      code: "DESCRIPTOR_KEPT",
      message: `descriptor ${fd} of ${message} cannot be looked at (pidfd_getfd: EPERM)`,
      remedy:
        "The child runs as another user, or was made not dumpable (prctl): run ffiscope as root, or change that",
      cause,
    });
  }
}

function refused({ message, fd }: GivenMemory, why: string): FfiscopeError {
  return new FfiscopeError({
    code: "HEAP_REFUSED",
    message: `descriptor ${fd} of ${message} ${why}`,
    remedy: "Give a memfd of the child's own, open for reading and writing",
  });
}
