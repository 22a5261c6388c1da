import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Scope } from "ffiscope";
import { MAIN } from "../cli/ffiscope.js";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";

/** The first bytes of an ELF file of another machine. */
function foreign(bits: 1 | 2, machine: number): Buffer {
  const header = Buffer.alloc(64);
  header.write("\x7fELF", "latin1");
  header[4] = bits;
  header.writeUInt16LE(3, 16); // ET_DYN
  header.writeUInt16LE(machine, 18);
  return header;
}

describe("a library that cannot be loaded, a function that is not there", () => {
  let folder = "";
  const at = (name: string) => join(folder, name);

  before(function () {
    needsCompiler(this);
    folder = mkdtempSync(join(tmpdir(), "ffiscope-places-"));
    copyFileSync(
      compileFixture("test/fixtures/scope/library.c", ["-shared", "-fPIC"]),
      at("libok.so"),
    );
    mkdirSync(at("folder"));
    symlinkSync(at("libok.so"), at("folder/libin.so"));
    writeFileSync(
      at("libtext.so"),
      "/* GNU ld script */\nGROUP ( /lib/libfirst.so.6 AS_NEEDED ( x ) )\n",
    );
    writeFileSync(at("libold.a"), "!<arch>\n");
    writeFileSync(at("libempty.so"), "");
    writeFileSync(at("lib32.so"), foreign(1, 3));
    writeFileSync(at("libarm.so"), foreign(2, 183));
    execFileSync("cc", ["-c", "-x", "c", "-o", at("part.o"), "-"], { input: "int x;" });
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is told with what is wrong and what to do", async () => {
    await using scope = await Scope.open();
    const told = async (name: string) => {
      const error = await scope.load(name).then(
        () => null,
        (reason: { code: string; message: string }) => reason,
      );
      expect(error?.code, name).to.equal("LIBRARY_NOT_LOADED");
      expect(error!.message, name).to.not.include("\n");
      return error!.message.replace(`cannot load library '${name}': `, "").replaceAll(folder, "…");
    };
    expect(await told(at("libokk.so"))).to.equal("there is no such file. Did you mean …/libok.so?");
    expect(await told(at("no/lib.so"))).to.match(/^there is no folder …\/no\./);
    expect(await told(at("folder"))).to.equal(
      "it is a folder. Give a library in it, such as …/folder/libin.so",
    );
    expect(await told(at("libold.a"))).to.match(/^it is a static archive\. .*gcc -shared/);
    expect(await told(at("part.o"))).to.match(/^it is an object file.*gcc -shared/);
    expect(await told(at("libtext.so"))).to.equal(
      "it is a text for the linker, not a library. Give what it names: /lib/libfirst.so.6",
    );
    expect(await told(at("libempty.so"))).to.match(/^it is no shared library/);
    expect(await told(at("lib32.so"))).to.match(/^it is for 32-bit x86, .*x86-64$/);
    expect(await told(at("libarm.so"))).to.match(/^it is for 64-bit ARM, .*x86-64$/);
    expect(await told(process.execPath)).to.match(/^it is a program\. /);
    expect(await told("libc.so.5")).to.match(
      /^no library of that name is installed\. Did you mean libc\.so\.6\?$/,
    );
    expect(await told("libnothingofthatname.so")).to.match(
      /^no library of that name is installed\. Give a path/,
    );
    for (const [library, wrong, right] of [
      ["libc.so.6", "memcopy", "memcpy"],
      ["libc.so.6", "strlem", "strlen"],
    ] as const) {
      const call = (await scope.load(library)).func(`size_t ${wrong}(void)`)();
      const error = await call.then(
        () => null,
        (reason: Error) => reason,
      );
      expect(error?.message).to.equal(
        `library '${library}' has no function '${wrong}'. Did you mean '${right}'?`,
      );
    }
  });

  it("in this folder, without ./", () => {
    const words = [MAIN, "trace", "libok.so", "int nothing(void)"];
    const options = { cwd: folder, encoding: "utf8" } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, words, options);
    expect({ status, stdout }).to.deep.equal({ status: 2, stdout: "" });
    expect(stderr).to.match(
      /^ffiscope: .*there is a file of it in this folder\. Write \.\/libok\.so\n$/,
    );
  });
});
