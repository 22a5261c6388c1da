// A program that has a native call of its own traced. `ffiscope run -- node examples/traced.mjs`, or
// invoke.mjs, supervises it; without either, attach() says that nobody does.
import { attach } from "ffiscope/tracee";
import koffi from "koffi";

const tracee = await attach();
const crc32 = koffi.load("libz.so.1").func("ulong crc32(ulong crc, void *buf, uint len)");
const buf = tracee.alloc("hello");
const { events } = await tracee.traced(() => crc32(0, buf.address, 5));
// What the supervisor returns: 0 where nothing was written.
await tracee.overrideRetcode(events.some(({ kind }) => kind === "write") ? 1 : 0);
