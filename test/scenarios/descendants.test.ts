import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { client, needsClient } from "./support/client.js";
import { withFolder } from "./support/events-file.js";
import { announced, duringCall, expectAnnounced, expectExit, received } from "./support/expect.js";
import { scenarios } from "./support/scenario.js";
import { run, supervise } from "./support/session.js";

/** In a call, whose pages the supervisor guards. */
const IN_CALL = "stop map:A:2 start:A confirm stop r4:A";

scenarios("fork", (scenario) => {
  before(needsClient);

  scenario("outside of a call", async () => {
    const ended = await run(
      "stop map:A:1 fork poke:A=9 peek:A:1 end peek:A:1 start:A confirm stop r4:A usr1 events exit:3",
    );
    expectExit(ended, 3);
    expectAnnounced(ended);
    expect(ended.lines.slice(1, 4)).to.deep.equal(["bytes A 09", "child exited 0", "bytes A 41"]);
  });

  scenario("in a call: the child's accesses are its own, and nobody's event", async () => {
    const ended = await run(
      `${IN_CALL} fork peek:A:2 poke:A=9 poke:A.1=8 peek:A:1 end r2:A.1 usr1 events peek:A:1 peek:A.1:1 exit:3`,
    );
    expectExit(ended, 3);
    expectAnnounced(ended);
    const bytes = ended.lines.filter((line) => line.startsWith("bytes"));
    expect(bytes).to.deep.equal(["bytes A 4148", "bytes A 09", "bytes A 41", "bytes A.1 51"]);
  });

  scenario("in a call, twice, with a grandchild", async () => {
    const ended = await run(
      `${IN_CALL} loop:2 fork poke:A=9 fork poke:A=7 peek:A:1 end peek:A:1 end end w1:A=5 usr1 events peek:A:1`,
    );
    expectExit(ended, 0);
    expectAnnounced(ended);
    expect(ended.lines.filter((line) => line === "bytes A 07")).to.have.lengthOf(2);
    expect(ended.lines.at(-1)).to.equal("bytes A 05");
  });

  scenario("of a thread, in a call", async () => {
    const ended = await run(`${IN_CALL} thread fork poke:A=9 end r1:A end usr1 events peek:A:1`);
    expectExit(ended, 0);
    expectAnnounced(ended);
    expect(ended.lines.at(-1)).to.equal("bytes A 41");
  });

  scenario("of a client that has closed its pages itself: the child has a copy", async () => {
    const ended = await run(
      "stop map:A:1 start:A confirm stop protect:A fork poke:A=9 peek:A:1 end r1:A unprotect:A usr1 events peek:A:1",
    );
    expectExit(ended, 0);
    expectAnnounced(ended);
    const bytes = ended.lines.filter((line) => line.startsWith("bytes"));
    expect(bytes).to.deep.equal(["bytes A 09", "bytes A 41"]);
  });

  scenario("after a call: what the client has closed since is closed in the child", async () => {
    const ended = await run(
      "stop map:A:1 start:A confirm stop r1:A usr1 events protect:A fork poke:A=9 end unprotect:A peek:A:1",
    );
    expectExit(ended, 0);
    expect(ended.lines).to.include("child killed SEGV");
  });

  scenario("a child that does what it likes with signals disturbs nobody", async () => {
    const ended = await run(
      `${IN_CALL} fork usr1 end fork raise:SEGV end fork kill:KILL end fork handle:USR1 end usr1 end usr1 events exit:3`,
    );
    expectExit(ended, 3);
    expect(ended.lines.filter((line) => line.startsWith("child"))).to.deep.equal([
      "child killed USR1",
      "child killed SEGV",
      "child killed KILL",
      "child exited 0",
    ]);
  });

  scenario("a child that ends while its parent is in the next call", async () => {
    const session = supervise(
      `stop map:A:1 background fork await:go end end start:A confirm stop r4:A await:child join w4:A=1 usr1 events exit:3`,
    );
    await session.said(/^awaiting/);
    session.tell();
    session.tell();
    const ended = await session.end();
    expectExit(ended, 3);
    expectAnnounced(ended);
  });
});

scenarios("vfork, posix_spawn and system", (scenario) => {
  before(needsClient);

  scenario("a vfork child in a call shares its parent's memory and is served", async () => {
    const ended = await run(`${IN_CALL} vfork w4:A+8=5 r4:A.1 end r4:A+8 usr1 events peek:A+8:4`);
    expectExit(ended, 0);
    expectAnnounced(ended);
    expect(received(ended)).to.have.lengthOf(4);
    expect(ended.lines.at(-1)).to.equal("bytes A+8 05000000");
  });

  for (const [where, before, after] of [
    ["outside of a call", "stop", ""],
    ["in a call", IN_CALL, "w4:A=1 usr1 events"],
  ] as const) {
    scenario(`posix_spawn and system ${where}`, async () => {
      const steps = [
        "spawn:exit 6",
        "system:exit 5",
        "spawn:kill -9 $$",
        "system:echo from a shell",
      ];
      const ended = await run([
        ...before.split(" "),
        ...steps,
        ...after.split(" ").filter(Boolean),
        "exit:3",
      ]);
      expectExit(ended, 3);
      expectAnnounced(ended);
      expect(ended.lines).to.include.members([
        "child exited 6",
        `system ${5 << 8}`,
        "child killed KILL",
        "from a shell",
        "system 0",
      ]);
    });
  }

  scenario("system of a thread, while others make accesses", async () => {
    const ended = await run(
      `${IN_CALL} background system:true system:true end loop:50 r4:A.1+8 end join usr1 events`.split(
        " ",
      ),
    );
    expectExit(ended, 0);
    expectAnnounced(ended);
  });

  scenario(
    "what the spawned program does is not looked at, and it can be supervised itself",
    async () => {
      const ended = await run([
        ...IN_CALL.split(" "),
        `spawn:${client()} map:A:1 r4:A exit:4`,
        "usr1",
        "events",
      ]);
      expectExit(ended, 0);
      expect(ended.lines).to.include("child exited 4");
      expect(received(ended)).to.have.lengthOf(1);
    },
  );
});

scenarios("execve of the child itself", (scenario) => {
  before(needsClient);

  scenario("after the start-up: it stays, and its exit code holds", async () => {
    expectExit(await run(["stop", "exec", "sh", "-c", "exit 9"]), 9);
  });

  scenario("after calls, and an override", async () => {
    const call = "map:A:1 start:A confirm stop r4:A usr1 events";
    expectExit(
      await run([..."stop".split(" "), ...call.split(" "), "exec", "sh", "-c", "exit 9"]),
      9,
    );
    expectExit(await run(["stop", "override:4", "confirm", "exec", "sh", "-c", "exit 9"]), 4);
  });

  scenario("with the channel closed on the way", async () => {
    expectExit(await run(["stop", "close-on-exec", "exec", "sh", "-c", "exit 9"]), 9);
  });

  scenario(
    "in a call: its accesses are no longer looked at, and its exit is one in a call",
    async () => {
      const ended = await run([
        ...IN_CALL.split(" "),
        "exec",
        "sh",
        "-c",
        "ls / >/dev/null; exit 9",
      ]);
      expectExit(ended, 9, duringCall(client(), "exited with code 9"));
    },
  );

  scenario("by a thread that is not the first, in a call", async () => {
    const ended = await run([
      ...IN_CALL.split(" "),
      ..."background exec sh -c".split(" "),
      "exit 9",
      "end",
      "pause",
    ]);
    expectExit(ended, 9, duringCall(client(), "exited with code 9"));
  });

  scenario("into a program that is then killed with its supervisor", async () => {
    const session = supervise(["stop", "exec", "sh", "-c", "echo there; exec sleep 1000"]);
    await session.said("there");
    session.process.kill("SIGKILL");
    expect((await session.end()).signal).to.equal("SIGKILL");
  });

  scenario("that fails", async () => {
    const ended = await run(["stop", "exec", "/nowhere/program"]);
    expect(ended.code).to.equal(98);
  });
});

scenarios("a daemon", (scenario) => {
  before(needsClient);

  for (const [where, script] of [
    ["outside of a call", "stop map:A:1"],
    ["in a call", IN_CALL],
  ] as const) {
    scenario(`that was started ${where} lives on as it would untraced`, async () => {
      await withFolder(async (folder) => {
        const fifo = join(folder, "fifo");
        execFileSync("mkfifo", [fifo]);
        const held = createInterface({ input: createReadStream(fifo) });
        const gone = new Promise((resolve) => held.once("close", resolve));
        const number = new Promise<string>((resolve) => held.once("line", resolve));
        const session = supervise(
          `${script} daemon:${fifo} ${where === "in a call" ? "usr1 events" : ""} exit:3`,
        );
        const daemon = Number(await number);
        await session.exit;
        process.kill(daemon, 0); // throws where there is none
        process.kill(daemon, "SIGTERM");
        await gone;
        const ended = await session.end();
        expectExit(ended, 3);
        expect(received(ended)).to.deep.equal(announced(ended));
      });
    });
  }
});
