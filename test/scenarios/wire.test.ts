import { expect } from "chai";
import { needsClient } from "./support/client.js";
import { expectAnnounced, expectExit, expectViolation } from "./support/expect.js";
import { scenarios } from "./support/scenario.js";
import { run } from "./support/session.js";

const text = (word: string) =>
  (0xa0 + word.length).toString(16) + Buffer.from(word).toString("hex");
const START = `81${text("StartFfi")}`;
const OVERRIDE = `81${text("OverrideRetcode")}`;

/** Each way in which bytes are not a message, with what the violation says of it. */
const REFUSED: readonly [name: string, step: string, says: RegExp][] = [
  ["an empty frame", "bytes:00000000", /an empty frame where a message belongs/],
  [
    "a frame of more than 256 MiB",
    "bytes:01000010",
    /a frame of 268435457 bytes where at most 268435456/,
  ],
  ["an unknown variant", `frame:81${text("StopFfi")}00`, /"StopFfi"/],
  ["bytes after the message", `frame:${OVERRIDE}0500`, /1 bytes follow the message/],
  ["a message that is cut short", `frame:${START}92`, /the frame ends inside page_ptrs/],
  ["a field too few", `frame:${START}9190`, /StartFfi has 1 entries where 2 belong/],
  ["a code that is a float", `frame:${OVERRIDE}cb4014000000000000`, /OverrideRetcode is a float/],
  ["a code past i32", `frame:${OVERRIDE}ce80000000`, /OverrideRetcode is 2147483648 where/],
  ["a negative page", `frame:${START}9291ff00`, /page_ptrs is -1 where/],
  ["a page in a page", `frame:${START}9291910000`, /page_ptrs is an array/],
  ["a format that MessagePack never uses", "frame:c1", /the message is the byte 0xc1/],
  ["random bytes", "bytes:07000000d1e2f3a4b5c6d7", /the message is an integer/],
];

const STATES = {
  idle: "stop",
  armed: "stop start: confirm",
  tracing: "stop map:A:1 start:A confirm stop w4:A=1",
} as const;

scenarios("bytes that are no message end the session", (scenario) => {
  before(needsClient);

  for (const [name, step, says] of REFUSED) {
    scenario(name, async () => {
      const ended = await run(`stop ${step} confirm exit:0`);
      expect(ended.stderr).to.match(
        /^ffiscope: protocol violation in state idle: a frame that cannot be read \(.*\) came, expected StartFfi or OverrideRetcode\n$/,
      );
      expect(ended.stderr).to.match(says);
      expect(ended).to.include({ code: 1, signal: null, stdout: "" });
    });
  }

  for (const [state, script] of Object.entries(STATES) as [keyof typeof STATES, string][]) {
    scenario(`in state ${state}`, async () => {
      const came = "a frame that cannot be read (an empty frame where a message belongs)";
      expectViolation(await run(`${script} bytes:00000000 confirm exit:0`), state, came);
    });
  }

  scenario("before the start-up SIGSTOP", async () => {
    const came = "a frame that cannot be read (an empty frame where a message belongs)";
    expectViolation(await run("bytes:00000000 confirm exit:0"), "initialStop", came);
  });

  scenario("also when the child exits at once", async () => {
    for (const code of [0, 7]) {
      const came = "a frame that cannot be read (an empty frame where a message belongs)";
      expectViolation(await run(`stop bytes:00000000 _exit:${code}`), "idle", came);
    }
  });
});

scenarios("StartFfi with a page that cannot be traced ends the session", (scenario) => {
  before(needsClient);

  for (const [name, page, says] of [
    ["that is not aligned", "A+1", "is not aligned to 4096"],
    ["that is not mapped", "0x10000", "is not mapped"],
    ["that was unmapped", "U", "is not mapped"],
    ["past the end of user space", "0x7ffffffff000", "is not mapped"],
    ["of the kernel", "0xffffffffff600000", "is not in user space"],
    ["at usize::MAX", "0xffffffffffffffff", "is not aligned to 4096"],
  ] as const) {
    scenario(name, async () => {
      const ended = await run(`stop map:A:1 map:U:1 unmap:U start:${page} confirm exit:0`);
      expect(ended.stderr).to.match(
        /^ffiscope: protocol violation in state idle: a frame that cannot be read \(page 0x[0-9a-f]+ of StartFfi .*\) came, expected .*\n$/,
      );
      expect(ended.stderr).to.include(says);
      expect(ended.code).to.equal(1);
      expect(ended.lines).to.not.include("confirmed");
    });
  }
});

scenarios("bytes that are a message", (scenario) => {
  before(needsClient);

  scenario("as MessagePack's longer forms", async () => {
    // A map of 16-bit length, text of 8-bit length, i64 for a small number.
    const long = `de0001d90f${Buffer.from("OverrideRetcode").toString("hex")}d30000000000000005`;
    expectExit(await run(`stop frame:${long} confirm exit:1`), 5);
  });

  scenario("in pieces", async () => {
    const bytes = `12000000${OVERRIDE}05`.match(/../g)!.map((byte) => `bytes:${byte}`);
    expectExit(await run(`stop ${bytes.join(" ")} confirm exit:1`), 5);
  });

  scenario("cut anywhere by other things that happen", async () => {
    const [first, second] = ["bytes:1200000081af4f7665", "bytes:727269646552657463"];
    const ended = await run(
      `stop map:A:1 start:A confirm stop r4:A ${first} w4:A=1 ${second} usr1 events bytes:6f646509 confirm exit:1`,
    );
    expectExit(ended, 9);
    expectAnnounced(ended);
  });
});
