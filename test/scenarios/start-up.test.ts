import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { expect } from "chai";
import { client, needsClient } from "./support/client.js";
import { withFolder } from "./support/events-file.js";
import { expectAnnounced, expectExit } from "./support/expect.js";
import { scenarios } from "./support/scenario.js";
import { type Options, run, Session, stepsOf, supervise } from "./support/session.js";

const CALL = "stop map:A:1 start:A confirm stop r4:A usr1 events exit:3";

const launch = (command: readonly string[], options?: Options) => new Session(command, options);

scenarios("a program that does not raise its start-up SIGSTOP", (scenario) => {
  before(needsClient);

  scenario("in time is ended, with a message", async () => {
    const begin = performance.now();
    const session = supervise("pause", { options: ["--start-timeout", "300"] });
    const ended = await session.end();
    expect(performance.now() - begin).to.be.within(300, 10_000);
    expect(ended).to.include({ code: 1, signal: null });
    expect(ended.stderr).to.match(
      /^ffiscope: '.*client' has not raised its start-up SIGSTOP within 300 ms.*--start-timeout.*\n$/,
    );
  });

  scenario("in time is ended also while it computes, or ignores what it can", async () => {
    const options = ["--start-timeout", "600"];
    expect((await run("ignore:TERM ignore:USR1 spin", { options })).code).to.equal(1);
  });

  scenario("in time is ended also while it sleeps", async () => {
    const ended = await launch(["sleep", "1000"], { options: ["--start-timeout", "300"] }).end();
    expect(ended).to.include({ code: 1, signal: null });
    expect(ended.stderr).to.match(/^ffiscope: 'sleep' has not raised its start-up SIGSTOP.*\n$/);
  });

  for (const code of [0, 3]) {
    scenario(`but exits with ${code} ends the session with that, and a message`, async () => {
      const stderr = `ffiscope: '${client()}' ended before its start-up SIGSTOP: nothing was traced\n`;
      expectExit(await run(`exit:${code}`), code, stderr);
    });
  }

  scenario("and speaks no protocol at all", async () => {
    const ended = await launch(["echo", "hello"]).end();
    const stderr = "ffiscope: 'echo' ended before its start-up SIGSTOP: nothing was traced\n";
    expectExit(ended, 0, stderr);
    expect(ended.stdout).to.equal("hello\n");
  });

  scenario("one that takes most of its time still makes it", async () => {
    const session = supervise(`await:go ${CALL}`, { options: ["--start-timeout", "20000"] });
    await session.said("awaiting go");
    session.tell();
    expectExit(await session.end(), 3);
  });

  scenario("a SIGSTOP from outside is not its own", async () => {
    const session = supervise(`pid await:go ${CALL}`);
    const pid = await session.number(/^pid/);
    await session.said("awaiting go");
    process.kill(pid, "SIGSTOP");
    process.kill(pid, "SIGCONT");
    session.tell();
    expectExit(await session.end(), 3);
  });
});

scenarios("a program that cannot be started is a wrong command line", (scenario) => {
  before(needsClient);

  scenario(
    "no such file, no such name on PATH, a folder, a file that is not executable",
    async () => {
      await withFolder(async (folder) => {
        writeFileSync(join(folder, "plain"), "#!/bin/sh\n");
        mkdirSync(join(folder, "folder"));
        const programs = ["/nowhere/program", "no-such-program", "plain", "folder"];
        const paths = programs.map((name, i) => (i < 2 ? name : join(folder, name)));
        for (const path of paths) {
          const ended = await launch([path]).end();
          expect(ended).to.include({ code: 2, stdout: "" });
          expect(ended.stderr).to.match(
            /^ffiscope: cannot start '.*': no such executable file.*\n$/,
          );
          expect(ended.stderr).to.include(path);
        }
      });
    },
  );

  scenario(
    "a file that the system cannot execute, a script whose interpreter is missing",
    async () => {
      await withFolder(async (folder) => {
        const [text, script] = [join(folder, "text"), join(folder, "script")];
        writeFileSync(text, "no program\n", { mode: 0o755 });
        writeFileSync(script, "#!/nowhere/interpreter\n", { mode: 0o755 });
        for (const [path, errno] of [
          [text, "ENOEXEC"],
          [script, "ENOENT"],
        ] as const) {
          const ended = await launch([path]).end();
          expect(ended).to.include({ code: 2, stdout: "" });
          expect(ended.stderr).to.match(
            new RegExp(`^ffiscope: cannot start '.*': execve failed with ${errno}.*\n$`),
          );
        }
      });
    },
  );
});

scenarios("a program that comes to the client in steps of its own", (scenario) => {
  before(needsClient);

  scenario("a shell script that executes the client", async () => {
    await withFolder(async (folder) => {
      const script = join(folder, "wrapper");
      writeFileSync(script, `#!/bin/sh\necho wrapped "$1"\nexec '${client()}' "$@"\n`);
      chmodSync(script, 0o755);
      const ended = await launch([script, ...stepsOf(CALL)]).end();
      expectExit(ended, 3);
      expectAnnounced(ended);
      expect(ended.lines[0]).to.equal("wrapped stop");
    });
  });

  scenario("a shell script that runs other programs first", async () => {
    const script = 'ls / >/dev/null; (exit 4); x=$(echo sub); echo "$x" | cat; exec "$0" "$@"';
    const ended = await launch(["sh", "-c", script, client(), ...stepsOf(CALL)]).end();
    expectExit(ended, 3);
    expectAnnounced(ended);
    expect(ended.lines[0]).to.equal("sub");
  });

  scenario("env", async () => {
    const ended = await launch(["env", "-u", "HOME", client(), ...stepsOf(CALL)]).end();
    expectExit(ended, 3);
    expectAnnounced(ended);
  });

  scenario("a chain of them", async () => {
    const shell = ["sh", "-c", 'exec env "$0" "$@"'];
    const ended = await launch(["env", "env", ...shell, client(), ...stepsOf(CALL)]).end();
    expectExit(ended, 3);
    expectAnnounced(ended);
  });

  scenario("an execve from a thread that is not the first", async () => {
    const ended = await run(["background", "exec", client(), ...stepsOf(CALL), "end", "pause"]);
    expectExit(ended, 3);
    expectAnnounced(ended);
  });

  scenario("a name on PATH", async () => {
    const session = new Session(["client", ...stepsOf(CALL)], {
      env: { PATH: `/nowhere${delimiter}${dirname(client())}${delimiter}${process.env.PATH}` },
    });
    const ended = await session.end();
    expectExit(ended, 3);
    expectAnnounced(ended);
  });

  scenario("a path relative to the folder", async () => {
    await withFolder(async (folder) => {
      symlinkSync(client(), join(folder, "linked client"));
      const session = new Session(["./linked client", ...stepsOf(CALL)], { cwd: folder });
      expectExit(await session.end(), 3);
    });
  });

  scenario("arguments come as they are", async () => {
    const odd = ["", " ", "a b", "--", "-x", "'\"$HOME", "\n", "ä€😀", "--help"];
    const ended = await launch(["sh", "-c", 'printf "%s|" "$@"', "sh", ...odd]).end();
    expect(ended.code).to.equal(0);
    expect(ended.stdout).to.equal(odd.map((word) => `${word}|`).join(""));
  });
});

scenarios("what a program is started with", (scenario) => {
  before(needsClient);

  // What the process that runs the tests hands down to every program is no concern of ours.
  const plain = (script: string) => spawnSync("sh", ["-c", script], { encoding: "utf8" }).stdout;

  scenario("descriptors as untraced, and FFISCOPE_FD", async () => {
    const script = 'echo "$FFISCOPE_FD"; ls /proc/$$/fd';
    const [channel, ...open] = (await launch(["sh", "-c", script]).end()).lines;
    const untraced = plain(script).split("\n").filter(Boolean);
    expect(open.filter((fd) => fd !== channel)).to.have.members(untraced);
    expect(open).to.include(channel);
  });

  scenario("its environment, and signals as untraced", async () => {
    const script = "echo $FROM_OUTSIDE; grep -E '^Sig(Blk|Ign)' /proc/self/status";
    const session = launch(["sh", "-c", script], { env: { FROM_OUTSIDE: "here" } });
    expect((await session.end()).stdout).to.equal(`here${plain(script)}`);
  });
});
