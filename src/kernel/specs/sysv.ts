import { STRUCT } from "../table/structs.js";
import { type ArgumentSpec, choose, opaque, reads, writes } from "./argument-spec.js";

// linux/ipc.h; IPC_64 may be or'ed to a command
const IPC_RMID = 0;
const IPC_SET = 1;
const IPC_STAT = 2;
const IPC_64 = 0x100;

// linux/shm.h, linux/sem.h, linux/msg.h
const SHM_LOCK = 11;
const SHM_UNLOCK = 12;
const GETPID = 11;
const GETVAL = 12;
const GETNCNT = 14;
const GETZCNT = 15;
const SETVAL = 16;

/** The structure of one kind of object, at argument `index`; `command` is the argument before it. */
function control(index: number, size: number, without: readonly number[]): ArgumentSpec {
  return choose((call) => {
    const command = call.int(index - 1) & ~IPC_64;
    if (command === IPC_STAT) return writes(size);
    if (command === IPC_SET) return reads(size);
    return command === IPC_RMID || without.includes(command) ? null : opaque;
  });
}

export const sharedMemoryControl = control(2, STRUCT.shmid_ds, [SHM_LOCK, SHM_UNLOCK]);
export const queueControl = control(2, STRUCT.msqid_ds, []);
export const semaphoreControl = control(3, STRUCT.semid_ds, [
  ...[GETPID, GETVAL, GETNCNT, GETZCNT, SETVAL],
]);
