// One native call in a process of its own, by an embedded session.
import { writeSync } from "node:fs";
import { HOST_PROGRAM, sessionMachine } from "ffiscope/machines";
import { createActor, toPromise } from "xstate";

/** Where the bytes go in the traced heap; what lies around them belongs to nobody. */
const OFFSET = 8192;

/**
 * Calls a function of a C library and tells what it did: what it returned, and its reads and writes
 * of `bytes`. A crash or a call that takes too long is an answer like any other; only a call that
 * could not be made throws.
 *
 * @param {object} call
 * @param {string} call.library a path or a soname
 * @param {string} call.symbol the function
 * @param {import("ffiscope/machines").HostCall["result"]} call.result its C type: "u64", "ptr" …
 * @param {Uint8Array} call.bytes what it is given a pointer to
 * @param {(address: number) => import("ffiscope/machines").HostCall["args"]} call.args
 */
export async function tracedCall({ library, symbol, result, bytes, args }) {
  const session = createActor(sessionMachine, { input: { ...HOST_PROGRAM, timeout: 2_000 } });
  let answer;

  session.on("host", ({ heap }) => {
    writeSync(heap.fd, bytes, 0, bytes.length, OFFSET);
    const address = Number(heap.guarded) + OFFSET;
    const call = { library, symbol, result, args: args(address), deep: true };
    session.send({ type: "session.call", call: { ...call, fixedArgs: -1, resolve: [] } });
  });
  session.on("call", ({ record }) => {
    const kinds = [...record.log].map(({ kind }) => kind);
    const [reads, writes] = ["read", "write"].map((kind) => kinds.filter((k) => k === kind).length);
    answer = { outcome: record.outcome, signal: record.signal, reads, writes };
  });
  session.on("returned", ({ result }) => {
    answer = { ...answer, result };
    session.send({ type: "session.exit" });
  });
  session.on("refused", ({ message }) => {
    answer = new Error(message);
    session.send({ type: "session.exit" });
  });

  session.start();
  const { failure } = await toPromise(session);
  if (failure) throw new Error(failure.message);
  if (answer instanceof Error) throw answer;
  return answer;
}
