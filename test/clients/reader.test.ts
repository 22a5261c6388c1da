import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { compileFixture, ROOT } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { compileWithClient } from "./support/programs.js";
import { type Ended, finish } from "./support/supervise.js";
import { frame } from "./support/wire.js";

const CONFIRMATION = frame("90");
const LOST = 8;
const BAD_MESSAGE = 9;

/** KiB of memory that a reader may have used at most, however many events it read. */
const READER_KIB = 4096;

/** A client under a supervisor that answers what it is told to. */
function read(answers: readonly string[], words: readonly string[], options = {}): Promise<Ended> {
  const supervisor = compileFixture("test/fixtures/clients/supervisor.c", ["-O2", "-Wall"]);
  return finish(supervisor, [...answers, "--", reader(), ...words], options);
}

function reader(): string {
  return compileWithClient("reader", ["-O2"]);
}

/** The vectors of rmp_serde, by name, in hex. */
function golden(): Map<string, string> {
  const lines = readFileSync(join(ROOT, "test/wire/golden.ndjson"), "utf8").trim().split("\n");
  return new Map(lines.map((line) => JSON.parse(line)).map(({ name, hex }) => [name, hex]));
}

describe("the C client's reader", () => {
  before(function () {
    needsCompiler(this);
    reader();
  });

  it("10,000,000 events: all there, in order, in less than 4 MiB of memory", async () => {
    const { code, stdout } = await read([CONFIRMATION, "flood:10000000"], ["check"]);
    expect(code).to.equal(0);
    const [, right, peak] = /^count 10000000\nright (\d+), peak (\d+) KiB\n$/.exec(stdout)!;
    expect(Number(right)).to.equal(10_000_000);
    expect(Number(peak)).to.be.below(READER_KIB);
  });

  it("StartFfi is what rmp_serde writes", async () => {
    const { stderr } = await read([CONFIRMATION, frame("9190")], ["print"]);
    expect(stderr).to.equal(`${golden().get("StartFfi, two pages")}\n`);
  });

  for (const split of ["", "split:"]) {
    it(`MemEvents as rmp_serde writes them${split && ", byte by byte"}`, async () => {
      for (const [name, hex] of golden()) {
        if (!name.startsWith("MemEvents")) continue;
        const answers = [`${split}${CONFIRMATION}`, `${split}${frame(hex)}`];
        const ended = await read(answers, ["print"]);
        expect(ended.code, name).to.equal(0);
        expect(ended.stdout.split("\n").slice(1, -1), name).to.deep.equal(goldenEvents(name));
      }
    });
  }

  it("the longer forms of MessagePack's lengths and integers", async () => {
    const event = "df00000001 d904 52656164 dd00000002 d300007f1cfae25000 d10004";
    const { stdout } = await read(
      [frame("dc0000"), frame(`dd00000001 dc0001 ${event}`)],
      ["pull", "8"],
    );
    expect(stdout).to.equal("count 1\nevent read 0x7f1cfae25000 4 certain\n");
  });

  it("any number of events at a time, and an answer right behind them", async () => {
    const twenty = frame(golden().get("MemEvents, 20 reads")!);
    for (const capacity of ["1", "7", "20", "21"]) {
      const { code, stdout } = await read([CONFIRMATION, twenty], ["pull", capacity]);
      expect(code).to.equal(0);
      expect(stdout.split("\n").slice(1, -1)).to.deep.equal(goldenEvents("MemEvents, 20 reads"));
    }
    const { code, stdout } = await read([CONFIRMATION, twenty], ["stop", "3"]);
    expect(code).to.equal(0);
    expect(stdout.split("\n")).to.have.lengthOf(1 + 3 + 1);
  });

  it("an override that an event's callback sends is answered behind the events", async () => {
    const twenty = frame(golden().get("MemEvents, 20 reads")!);
    const { code, stdout, stderr } = await read([CONFIRMATION, twenty, CONFIRMATION], ["override"]);
    expect(code).to.equal(0);
    expect(stdout.split("\n")).to.have.lengthOf(1 + 20 + 1);
    expect(stderr).to.match(
      new RegExp(`^${golden().get("OverrideRetcode(0)")!.slice(0, -2)}05$`, "m"),
    );
  });

  it("marked signals where the supervisor offers them, and an error where it does not", async () => {
    const env = { READER_MARKS: "1" };
    const offer = frame("81a548656c6c6f 92 01 92 a468656170 ae6d61726b65642d7369676e616c73");
    const offered = await read([offer, CONFIRMATION, frame("9190")], ["print"], env);
    expect(offered).to.include({ code: 0, stdout: "count 0\n" });
    expect(offered.stderr).to.match(/^81a548656c6c6f920191ae6d61726b65642d7369676e616c73\n/);
    const refused = await read([frame("81a548656c6c6f 92 01 91 a468656170")], ["print"], env);
    expect(refused.stdout).to.equal("error 7: the supervisor does not know marked signals\n");
  });

  const event = "81a45265616492cf00007f1cfae2500004";
  const refused: readonly [
    name: string,
    answers: readonly string[],
    status: number,
    text: string,
  ][] = [
    ["an empty frame", [frame("")], BAD_MESSAGE, "an empty frame came"],
    [
      "a frame cut short",
      [CONFIRMATION, frame("91")],
      BAD_MESSAGE,
      "the frame ends inside acc_events",
    ],
    [
      "a list cut short",
      [CONFIRMATION, frame(`9192${event}`)],
      BAD_MESSAGE,
      "the frame ends inside an event",
    ],
    [
      "trailing bytes behind a Confirmation",
      [frame("9000")],
      BAD_MESSAGE,
      "1 bytes follow the message in its frame",
    ],
    [
      "trailing bytes behind the events",
      [CONFIRMATION, frame(`9191${event}c0`)],
      BAD_MESSAGE,
      "1 bytes follow the message in its frame",
    ],
    [
      "trailing bytes behind no events",
      [CONFIRMATION, frame("9190c0")],
      BAD_MESSAGE,
      "1 bytes follow the message in its frame",
    ],
    [
      "a message of three fields",
      [frame("93909090")],
      BAD_MESSAGE,
      "the message has 3 fields where 0 or 1 belong",
    ],
    [
      "an extension",
      [frame("81a445786974 90")],
      BAD_MESSAGE,
      "the message is the byte 0x81 where an array belongs",
    ],
    [
      "an unknown event",
      [CONFIRMATION, frame("919181a45265616492".replace("52656164", "52656165"))],
      BAD_MESSAGE,
      'an event is "Reae" where Read or Write belongs',
    ],
    [
      "an event of two entries",
      [CONFIRMATION, frame("919182a452656164920000")],
      BAD_MESSAGE,
      "an event has 2 entries where 1 belongs",
    ],
    [
      "a float for an address",
      [CONFIRMATION, frame("919181a45265616492cb42df1cfae250000004")],
      BAD_MESSAGE,
      "addr is the byte 0xcb where an integer belongs",
    ],
    [
      "a negative size",
      [CONFIRMATION, frame("919181a4526561649201d0ff")],
      BAD_MESSAGE,
      "size is a negative number",
    ],
    [
      "nil for certain",
      [CONFIRMATION, frame("919181a557726974659292 0104 c0")],
      BAD_MESSAGE,
      "certain is the byte 0xc0 where a boolean belongs",
    ],
    [
      "a range of one field",
      [CONFIRMATION, frame("919181a4526561649101")],
      BAD_MESSAGE,
      "a range has 1 fields where 2 belong",
    ],
    [
      "MemEvents for a Confirmation",
      [frame("9190")],
      BAD_MESSAGE,
      "MemEvents came while no call was ending",
    ],
    [
      "a Confirmation for MemEvents",
      [CONFIRMATION, CONFIRMATION],
      BAD_MESSAGE,
      "a Confirmation came that nothing was asked for",
    ],
    ["end of file for a Confirmation", ["eof"], LOST, "the supervisor has closed the line"],
    [
      "end of file for MemEvents",
      [CONFIRMATION, "eof"],
      LOST,
      "the supervisor has closed the line",
    ],
  ];

  for (const [name, answers, status, text] of refused) {
    it(`refuses ${name}`, async () => {
      const { code, stdout } = await read(answers, ["print"]);
      expect(stdout).to.match(/^(count \d+\n)?(event .*\n)*error /);
      expect(stdout.split("\n").at(-2)).to.equal(`error ${status}: ${text}`);
      expect(code).to.equal(status);
    });
  }
});

/** The events of a vector, as reader.c prints them. */
function goldenEvents(name: string): string[] {
  switch (name) {
    case "MemEvents, none":
      return [];
    case "MemEvents, one read":
      return ["event read 0x7f1cfae25000 4 certain"];
    case "MemEvents, certain and uncertain write":
      return ["event write 0x7f1cfae25004 8 certain", "event write 0x7f1cfae25ffc 64 uncertain"];
    case "MemEvents, 20 reads":
      return Array.from({ length: 20 }, (_, i) => {
        return `event read 0x${(0x7f1cfae25000 + 4 * i).toString(16)} 4 certain`;
      });
    default:
      throw new Error(`no events known of '${name}'`);
  }
}
