import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Context } from "mocha";
import { scenarios } from "../scenarios/support/scenario.js";
import { skipHere } from "../support/skip.js";
import {
  type Case,
  EVENTS,
  EVENTS_OF_64,
  LIFECYCLE,
  MANY_EVENTS,
  MEMORY,
  OVERRIDES,
  VIOLATIONS,
} from "./support/cases.js";
import {
  C_CLIENT,
  C_CLIENT_GUARDING,
  C_CLIENT_RANGES,
  type Client,
  NODE_CLIENT,
  needsPrograms,
} from "./support/programs.js";
import { brokenCallEvents, expectedOutput, printedOutput } from "./support/script.js";
import { superviseScript } from "./support/supervise.js";

/** Every client that can takes every case; the order of events is that of the script. */
function conforms(
  subject: string,
  cases: readonly Case[],
  clients: readonly Client[],
  needs: (this: Context) => void = () => {},
): void {
  for (const client of clients) {
    scenarios(`${client.name}: ${subject}`, (scenario) => {
      before(needsPrograms);
      before(needs);
      for (const { name, script, code, stderr, only } of cases) {
        if (only && only.language !== client.language) continue;
        scenario(name, async () => {
          const ended = await superviseScript(client, script);
          if (stderr) expect(ended.stderr).to.match(stderr);
          else expect(ended.stderr).to.equal("");
          expect(ended.code).to.equal(code);
          expect(printedOutput(ended.stdout)).to.deep.equal(expectedOutput(script, ended.stdout));
        });
      }
    });
  }
}

function needsProcessor(feature: string): (this: Context) => void {
  return function () {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
    if (!flags.split(" ").includes(feature)) skipHere(this, `the processor has no ${feature}`);
  };
}

const BOTH = [C_CLIENT, NODE_CLIENT];

conforms("lifecycle", LIFECYCLE, BOTH);
conforms("overrides", OVERRIDES, BOTH);
conforms("violations", VIOLATIONS, BOTH);
conforms("events", EVENTS, [...BOTH, C_CLIENT_GUARDING], needsProcessor("avx"));
conforms("many events", MANY_EVENTS, BOTH);
conforms(
  "events of 64 bytes",
  EVENTS_OF_64,
  [...BOTH, C_CLIENT_GUARDING],
  needsProcessor("avx512f"),
);
conforms(
  "memory of any origin",
  MEMORY,
  [C_CLIENT, C_CLIENT_GUARDING, C_CLIENT_RANGES],
  needsProcessor("avx"),
);

scenarios("--events", (scenario) => {
  before(needsPrograms);
  for (const client of BOTH) {
    scenario(`${client.name}: of calls that return, and of one that ends the process`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "ffiscope-clients-"));
      try {
        const file = join(folder, "events.ndjson");
        const whole = "heap:A:2 call:load1@A,store8@A/8:1 call:nothing@A";
        const script = `${whole} call:increment4@A+8,copy@A:64,leave@A:6`;
        const ended = await superviseScript(client, script, ["--events", file]);
        expect(ended.code).to.equal(6);
        const calls = readFileSync(file, "utf8").trimEnd().split("\n").map(eventsOfLine);
        expect(calls.slice(0, 2).flatMap((events) => [...events, "called"])).to.deep.equal(
          expectedOutput(whole, ended.stdout),
        );
        expect(calls.slice(2)).to.deep.equal([brokenCallEvents(script, ended.stdout)]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});

/** The events of a line of `--events`, as the clients print them. */
function eventsOfLine(line: string): string[] {
  const { events } = JSON.parse(line) as {
    events: { kind: string; address: string; size: number; certain: boolean }[];
  };
  return events.map(({ kind, address, size, certain }) => {
    return `event ${kind} ${address} ${size} ${certain ? "certain" : "uncertain"}`;
  });
}
