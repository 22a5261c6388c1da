import { closeSync } from "node:fs";
import koffi from "koffi";
import { EAGAIN } from "./errno.js";
import { check, libc } from "./libc.js";

const O_CLOEXEC = 0o2000000; // asm-generic/fcntl.h
const AF_UNIX = 1; // bits/socket.h
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = O_CLOEXEC;
const MSG_PEEK = 2;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MFD_CLOEXEC = 1; // linux/memfd.h
const MFD_ALLOW_SEALING = 2;
const F_SETFD = 2; // fcntl(2)
const F_DUPFD_CLOEXEC = 1030; // linux/fcntl.h
const FD_CLOEXEC = 1;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000; // asm-generic/fcntl.h

const FIONREAD = 0x541b; // asm-generic/ioctls.h, unix(7): SIOCINQ

const SEEK_DATA = 3; // unistd.h
const SEEK_HOLE = 4;

const ioctl = libc.func("ioctl", "int", ["int", "ulong", "void *"]);
const lseek = libc.func("lseek", "long", ["int", "long", "int"]);
const pipe2 = libc.func("int pipe2(_Out_ int *ends, int flags)");
const socketpair = libc.func("int socketpair(int domain, int type, int protocol, _Out_ int *ends)");
const recv = libc.func("recv", "long", ["int", "void *", "size_t", "int"]);
const send = libc.func("send", "long", ["int", "const void *", "size_t", "int"]);
const memfdCreate = libc.func("int memfd_create(const char *name, uint flags)");
const fcntl = libc.func("fcntl", "int", ["int", "int", "int"]);

/** Two descriptors, close-on-exec: what is written to the second is read from the first. */
export function openPipe(): { read: number; write: number } {
  const ends = new Int32Array(2);
  check("pipe2", pipe2(ends, O_CLOEXEC));
  return { read: ends[0]!, write: ends[1]! };
}

/** The two ends of a duplex stream, close-on-exec. */
export function openSocketPair(): [number, number] {
  const ends = new Int32Array(2);
  check("socketpair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  return [ends[0]!, ends[1]!];
}

/**
 * What a socket holds now, up to the length of `into`: how many bytes, 0 at the end of file, null
 * when there is nothing yet. Throws SystemError.
 */
export function receiveNow(fd: number, into: Uint8Array): number | null {
  return received(recv(fd, into, into.byteLength, MSG_DONTWAIT));
}

/** As {@link receiveNow}, and leaves it there. */
export function peekNow(fd: number, into: Uint8Array): number | null {
  return received(recv(fd, into, into.byteLength, MSG_DONTWAIT | MSG_PEEK));
}

/** Looked at before `check` makes an error of it: mostly there is nothing. */
function received(result: number | bigint): number | null {
  return result < 0 && koffi.errno() === EAGAIN ? null : check("recv", result);
}

/** How many bytes a socket holds that have not been read. Throws SystemError. */
export function bytesToRead(fd: number): number {
  const count = new Int32Array(1);
  check("ioctl", ioctl(fd, FIONREAD, count));
  return count[0]!;
}

/** How many of `bytes` a socket takes now; 0 where it has no room. Throws SystemError. */
export function sendNow(fd: number, bytes: Uint8Array): number {
  const result = send(fd, bytes, bytes.byteLength, MSG_DONTWAIT | MSG_NOSIGNAL);
  return result < 0 && koffi.errno() === EAGAIN ? 0 : check("send", result);
}

/** A file that lives in memory (memfd_create(2)), close-on-exec. */
export function openMemoryFile(name: string): number {
  return check("memfd_create", memfdCreate(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
}

/** The parts of a sparse file that hold data, as `[start, end)` in bytes (lseek(2), SEEK_DATA). */
export function dataExtents(fd: number): [number, number][] {
  const extents: [number, number][] = [];
  for (let end = 0; ; ) {
    const start = Number(lseek(fd, end, SEEK_DATA));
    if (start < 0) return extents; // ENXIO: no data from here to the end
    end = check("lseek", lseek(fd, start, SEEK_HOLE));
    extents.push([start, end]);
  }
}

export function setCloseOnExec(fd: number): void {
  check("fcntl", fcntl(fd, F_SETFD, FD_CLOEXEC));
}

/** Another descriptor of the same open file, close-on-exec; close it with {@link closeDescriptor}. */
export function duplicateDescriptor(fd: number): number {
  return check("fcntl", fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

/** The same open file under a number of at least `from`, where this process may have such; else under its own. */
export function moveDescriptor(fd: number, from: number): number {
  const moved = fcntl(fd, F_DUPFD_CLOEXEC, from);
  if (moved < 0) return fd;
  closeDescriptor(fd);
  return moved;
}

/** Reads and writes wait, for all who share the open file. A descriptor that is closed stays so. */
export function setBlocking(fd: number): void {
  const flags = fcntl(fd, F_GETFL, 0);
  if (flags >= 0 && flags & O_NONBLOCK) check("fcntl", fcntl(fd, F_SETFL, flags & ~O_NONBLOCK));
}

const pread = libc.func("pread", "long", ["int", "void *", "size_t", "long"]);

/** Fills `into` from a file's beginning; returns how many bytes there are. Throws SystemError. */
export function readFromStart(fd: number, into: Uint8Array): number {
  return check("pread", pread(fd, into, into.byteLength, 0));
}

const close = libc.func("int close(int fd)");

/**
 * Closes a descriptor that came from here. Node keeps count of those that its own `fs` opens in a
 * worker, and warns when `fs` closes another. Throws SystemError EBADF, which is a defect of ours:
 * whatever else close(2) says, the descriptor is closed.
 */
export function closeDescriptor(fd: number): void {
  unlessClosed(() => check("close", close(fd)));
}

/** As {@link closeDescriptor}, one that came from Node's `fs`. */
export function closeFile(fd: number): void {
  unlessClosed(() => closeSync(fd));
}

function unlessClosed(closing: () => void): void {
  try {
    closing();
  } catch (error) {
    const { code, errnoName = code } = error as NodeJS.ErrnoException & { errnoName?: string };
    if (errnoName === "EBADF") throw error;
  }
}
