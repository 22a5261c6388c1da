import { writeSync } from "node:fs";
import type { HostCall, SessionActor, SessionEvent } from "ffiscope/machines";
import { compileFixture } from "../../support/fixtures.js";

/** A call without arguments of `symbol`. */
function plainCall(library: string, symbol: string): SessionEvent {
  const call: HostCall = {
    ...{ library, symbol, deep: true, result: "void" },
    ...{ args: [], fixedArgs: -1, resolve: [] },
  };
  return { type: "session.call", call };
}

/** Sleeps in the kernel until a signal comes (pause(2)). */
export const pauseCall = plainCall("libc.so.6", "pause");

/** Dies of SIGABRT. */
export const abortCall = plainCall("libc.so.6", "abort");

/** Computes for ever. */
export function loopCall(): SessionEvent {
  const flags = ["-shared", "-fPIC", "-O1", "-pthread"];
  const library = compileFixture("test/fixtures/native/misbehaving.c", flags);
  return plainCall(library, "loop_forever");
}

/** zlib's crc32 of the `length` bytes at `address`. */
export function crc32Call(address: number, length: number): SessionEvent {
  const call: HostCall = {
    ...{ library: "libz.so.1", symbol: "crc32", deep: true, result: "u64" },
    args: [
      { type: "u64", value: 0 },
      { type: "ptr", value: address },
      { type: "u32", value: length },
    ],
    ...{ fixedArgs: -1, resolve: [] },
  };
  return { type: "session.call", call };
}

/** Where the tests put what they give to native code, in bytes from the heap's start. */
export const OFFSET = 8192;

/** Has crc32 of "hello" computed as soon as the host is there, and the session ended after it. */
export function traceCrc32(session: SessionActor): void {
  session.on("host", ({ heap }) => {
    writeSync(heap.fd, "hello", OFFSET);
    session.send(crc32Call(Number(heap.guarded) + OFFSET, 5));
  });
  session.on("returned", () => session.send({ type: "session.exit" }));
}
