import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { needsClient } from "./support/client.js";
import { calls, withEvents } from "./support/events-file.js";
import { expectAnnounced, expectExit } from "./support/expect.js";
import { scenarios } from "./support/scenario.js";
import { run, supervise } from "./support/session.js";

scenarios("a system call on guarded pages", (scenario) => {
  before(needsClient);

  for (const [who, close, open] of [
    ["that the supervisor guards", "", ""],
    ["that the client has closed itself", "protect:A", "unprotect:A"],
  ] as const) {
    scenario(`${who} works, and is a plain access on the wire`, async () => {
      const steps = "sys-write:A+16:24 sys-read:A+4090:20 sys-write:A.1:4096 r4:A+8";
      const ended = await run(
        `stop map:A:2 start:A confirm stop ${close} ${steps} ${open} usr1 events peek:A+4090:3`,
      );
      expectExit(ended, 0);
      expectAnnounced(ended);
      expect(ended.lines.filter((line) => line.startsWith("sys-"))).to.deep.equal([
        "sys-write 24 ok b1 52",
        "sys-read 20 ok 01 14",
        "sys-write 4096 ok 07 59",
      ]);
      expect(ended.lines.at(-1)).to.equal("bytes A+4090 010203");
    });
  }

  scenario("is told as the kernel's in --events", async () => {
    await withEvents(async (file) => {
      const script =
        "stop map:A:1 start:A confirm stop sys-write:A:8 r4:A sys-read:A+8:8 usr1 events";
      const ended = await run(script, { options: ["--events", file] });
      expectExit(ended, 0);
      const origins = calls(file).flatMap(({ events }) => events.map(({ origin }) => origin));
      expect(origins).to.deep.equal(["kernel", "user", "kernel"]);
    });
  });

  scenario("of a thread, while others make accesses", async () => {
    const ended = await run(
      "stop map:A:1 start:A confirm stop thread sys-read:A+64:32 end helper sys-write:A+64:32 end r4:A usr1 events",
    );
    expectExit(ended, 0);
    expectAnnounced(ended);
  });

  scenario("works as ever outside of a call", async () => {
    const ended = await run(
      "stop map:A:1 start:A confirm stop r4:A usr1 events say:over sys-read:A:9 sys-write:A:9 exit:3",
    );
    expectExit(ended, 3);
    const after = ended.lines.slice(ended.lines.indexOf("over"));
    expect(after.filter((line) => line.startsWith("sys-"))).to.deep.equal([
      "sys-read 9 ok 01 09",
      "sys-write 9 ok 01 09",
    ]);
  });
});

scenarios("standard input and output", (scenario) => {
  before(needsClient);

  scenario("are the program's: a megabyte goes through it", async () => {
    const content = randomBytes(1 << 19).toString("hex");
    const session = supervise("stop cat exit:3");
    session.process.stdin.end(content);
    const ended = await session.end();
    expectExit(ended, 3);
    expect(ended.stdout === content).to.equal(true);
  });

  scenario("are the program's in a call, too", async () => {
    const content = `${randomBytes(1 << 19).toString("hex")}\n`;
    const session = supervise("stop map:A:1 start:A confirm stop cat r4:A usr1 events exit:3");
    session.process.stdin.end(content);
    const ended = await session.end();
    expectExit(ended, 3);
    expect(ended.stdout.includes(content)).to.equal(true);
  });

  scenario("block where they would: a reader that is slow is waited for", async () => {
    const session = supervise("stop cat exit:3");
    session.process.stdout.pause();
    const content = randomBytes(1 << 20).toString("hex");
    session.process.stdin.end(content);
    await new Promise((resolve) => session.process.stdout.once("readable", resolve));
    session.process.stdout.resume();
    const ended = await session.end();
    expectExit(ended, 3);
    expect(ended.stdout.length).to.equal(content.length);
  });

  scenario("their flags are left as they were", async () => {
    const session = supervise([
      "stop",
      "system:grep flags /proc/self/fdinfo/0 /proc/self/fdinfo/1 /proc/self/fdinfo/2",
    ]);
    const ended = await session.end();
    const O_NONBLOCK = 0o4000;
    const flags = ended.lines.filter((line) => line.includes("flags:"));
    expect(flags).to.have.lengthOf(3);
    for (const line of flags) {
      expect(Number.parseInt(line.split("\t")[1]!, 8) & O_NONBLOCK, line).to.equal(0);
    }
  });
});
