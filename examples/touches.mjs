// What a native function may touch, as a test.
import { after, before, test } from "node:test";
import { expect, use } from "chai";
import { Scope } from "ffiscope";
import ffiscope from "ffiscope/chai";

use(ffiscope);

let scope;
before(async () => {
  scope = await Scope.open({ timeout: 5_000 });
});
after(() => scope.close());

test("crc32 reads its buffer, all of it and nothing else, and writes nothing", async () => {
  const zlib = await scope.load("libz.so.1");
  const crc32 = zlib.func("ulong crc32(ulong crc, const uint8_t *buf, uint len)");
  const buf = await scope.alloc(Buffer.from("hello"));
  const call = await crc32(0, buf, buf.size);
  expect(call).to.only.touch(buf);
  expect(call).to.have.read(buf);
  expect(call).to.not.have.written(buf);
});

test("memcpy writes its destination alone", async () => {
  const libc = await scope.load("libc.so.6");
  const memcpy = libc.func("void *memcpy(void *dst, const void *src, size_t n)");
  const [dst, src] = [await scope.alloc(5), await scope.alloc(Buffer.from("hello"))];
  const call = await memcpy(dst, src, 5);
  expect(call).to.have.written(dst);
  expect(call).to.not.have.written(src);
  expect((await dst.read()).toString()).to.equal("hello");
});
