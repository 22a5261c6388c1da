import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ROOT } from "../support/fixtures.js";
import { needsProgram } from "../support/needs.js";
import { calls } from "./support/events-file.js";
import { otherScenarios } from "./support/scenario.js";
import { type Ended, Session } from "./support/session.js";

const FILES = join(ROOT, "test/fixtures/launchers");
const MOCHA = "node_modules/.bin/mocha";

/** A small project whose tests attach and trace. */
function project(): string {
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-launchers-"));
  for (const name of readdirSync(FILES)) copyFileSync(join(FILES, name), join(folder, name));
  mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
  symlinkSync(ROOT, join(folder, "node_modules/ffiscope"));
  for (const name of ["mocha", "koffi"]) {
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  symlinkSync("../mocha/bin/mocha.js", join(folder, MOCHA));
  const scripts = { test: "mocha one.test.mjs" };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "app", scripts }));
  const script = `${MOCHA} one.test.mjs`;
  writeFileSync(join(folder, "plain.sh"), `#!/bin/sh\n${script}\nexit 9\n`, { mode: 0o755 });
  writeFileSync(join(folder, "exec.sh"), `#!/bin/sh\nexec ${script}\n`, { mode: 0o755 });
  return folder;
}

const LAUNCHERS: readonly (readonly string[])[] = [
  ["npm", "test"],
  ["npx", "mocha", "one.test.mjs"],
  ["node", "--test", "one.test.mjs"],
  [MOCHA, "--expose-gc", "one.test.mjs"],
  ["sh", "-c", `${MOCHA} one.test.mjs; exit 9`],
  ["env", "A=1", MOCHA, "one.test.mjs"],
  ["./plain.sh"],
  ["./exec.sh"],
];

/** npm asks nobody for news. */
const OFFLINE = { npm_config_update_notifier: "false", npm_config_offline: "true" };

otherScenarios("ffiscope run follows launchers", (scenario) => {
  let folder = "";
  let count = 0;

  before(function () {
    needsProgram(this, "npm", "npm");
    folder = project();
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  async function launch(
    command: readonly string[],
    crash = "",
  ): Promise<{ readonly ended: Ended; readonly events: string }> {
    const events = join(folder, `${count++}.ndjson`);
    const env = { ...OFFLINE, CRASH: crash };
    const options = { cwd: folder, options: ["--events", events], env };
    return { ended: await new Session(command, options).end(), events };
  }

  for (const command of LAUNCHERS) {
    scenario(command.join(" "), async () => {
      const { ended, events } = await launch(command);
      expect(ended, ended.stdout + ended.stderr).to.include({ code: 0, signal: null });
      expect(ended.stderr).not.to.include("ffiscope:");
      expect(calls(events).map((call) => call.events.length > 0)).to.deep.equal([true]);
    });
  }

  const SITE = String.raw`was killed by SIGSEGV at address 0x8 in libc\.so\.6\S+ \(a null pointer.*?\)`;

  for (const command of [["npm", "test"], ["./plain.sh"], ["./exec.sh"]]) {
    scenario(`a crash before the app attaches: ${command.join(" ")}`, async () => {
      const { ended } = await launch(command, "before");
      const own = command[0] === "./exec.sh";
      expect(ended.stderr).to.match(new RegExp(own ? SITE : `${SITE} before it attached\n`));
      expect(ended.stderr).to.match(/^ {2}#0 +libc\.so\.6.*\n {2}#1 +koffi\.node/m);
      expect(ended.stderr).to.match(
        own
          ? /ended before its start-up SIGSTOP: nothing was traced/
          : /ended, and no program that it started has attached: nothing was traced/,
      );
      expect(ended.code).to.equal(own ? 1 : command[0] === "npm" ? 139 : 9);
    });
  }

  for (const [where, told, traced] of [
    ["in", `${SITE} during a call; its accesses so far are kept`, 2],
    ["between", SITE, 1],
  ] as const) {
    scenario(`a crash ${where} calls`, async () => {
      const { ended, events } = await launch(["npm", "test"], where);
      expect(ended.stderr).to.match(new RegExp(`^ffiscope: 'node .*mocha.*' ${told}\n {2}#0`, "m"));
      expect(ended.code).to.equal(1);
      expect(calls(events)).to.have.lengthOf(traced);
    });
  }

  scenario("none attaches: the launcher's code, and a line that says so", async () => {
    const { ended } = await launch(["sh", "-c", "true; sh -c 'exit 2'; exit 4"]);
    expect(ended.stderr).to.equal(
      "ffiscope: 'sh' ended, and no program that it started has attached: nothing was traced\n",
    );
    expect(ended.code).to.equal(4);
  });

  scenario("a second program that attaches is ended, and said", async () => {
    const files = ["one.test.mjs", "two.test.mjs"];
    const { ended, events } = await launch(["node", "--test", ...files]);
    expect(ended.stderr).to.match(
      /^ffiscope: '.*(one|two)\.test\.mjs' \(process \d+\) attached beside another program, and was ended.*\n$/,
    );
    expect(calls(events)).to.have.lengthOf(1);
  });

  scenario(
    "ffiscope that is killed takes the launcher and what it has started with it",
    async () => {
      const session = new Session(["sh", "-c", "sleep 1000 & echo there; wait"], { cwd: folder });
      await session.said("there");
      session.process.kill("SIGKILL");
      expect((await session.end()).signal).to.equal("SIGKILL");
    },
  );

  scenario("a launcher that a signal ends takes what it has started with it", async () => {
    const session = new Session(["sh", "-c", "sleep 1000 & echo there; wait"], { cwd: folder });
    await session.said("there");
    session.process.kill("SIGTERM");
    await session.end();
  });
});
