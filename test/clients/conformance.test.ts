import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { Context } from "mocha";
import { scenarios } from "../scenarios/support/scenario.js";
import { skipHere } from "../support/skip.js";
import {
  type Case,
  EVENTS,
  EVENTS_OF_64,
  LIFECYCLE,
  MEMORY,
  OVERRIDES,
  VIOLATIONS,
} from "./support/cases.js";
import {
  C_CLIENT,
  C_CLIENT_GUARDING,
  type Client,
  NODE_CLIENT,
  needsPrograms,
} from "./support/programs.js";
import { expectedOutput, printedOutput } from "./support/script.js";
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
conforms(
  "events of 64 bytes",
  EVENTS_OF_64,
  [...BOTH, C_CLIENT_GUARDING],
  needsProcessor("avx512f"),
);
conforms("memory of any origin", MEMORY, [C_CLIENT, C_CLIENT_GUARDING], needsProcessor("avx"));
