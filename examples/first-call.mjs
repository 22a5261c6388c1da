// Native calls that cannot take this process with them, and what each did to its memory.
import { Scope } from "ffiscope";

const scope = await Scope.open({ timeout: 5_000 }); // where the language has it: await using
try {
  const zlib = await scope.load("libz.so.1");
  const libc = await scope.load("libc.so.6");
  const crc32 = zlib.func("ulong crc32(ulong crc, const uint8_t *buf, uint len)");
  const memset = libc.func("void *memset(void *dst, int c, size_t n)");
  const abort = libc.func("void abort(void)");

  tell(await crc32(0, Buffer.from("hello"), 5));

  // One byte too many: the call goes on, and the finding says where.
  const dst = await scope.alloc(5);
  const { findings } = await memset(dst, 0, 6);
  for (const { kind, message } of findings) console.log(`memset: ${kind}, ${message}`);

  // A crash is an error like any other, and the scope goes on with a fresh host.
  await abort().catch(({ code, signal }) => console.log(`abort: ${code}, ${signal}`));
  tell(await crc32(0, Buffer.from("hello"), 5));
} finally {
  await scope.close();
}

function tell({ function: name, result, events }) {
  const kinds = Array.from(events, ({ kind }) => kind);
  const [reads, writes] = ["read", "write"].map((kind) => kinds.filter((k) => k === kind).length);
  console.log(`${name} = ${result}: ${reads} reads, ${writes} writes`);
}
