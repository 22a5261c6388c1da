/** A plain client that closes its channel in the middle of a call and lives on. */
import { closeSync, readSync, writeSync } from "node:fs";
import { encodeChildMessage, frame } from "../../../dist/ipc/index.js";
import { SIGSTOP } from "../../../dist/native/ptrace/signals.js";
import { raiseSignal } from "../../../dist/native/raise.js";

const channel = Number(process.env.FFISCOPE_FD);
raiseSignal(SIGSTOP);
writeSync(channel, frame(encodeChildMessage({ type: "StartFfi", pagePtrs: [], stackPtr: 0 })));
readSync(channel, Buffer.alloc(64)); // the Confirmation
raiseSignal(SIGSTOP);
closeSync(channel);
setInterval(() => {}, 2 ** 30);
