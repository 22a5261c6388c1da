import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import type { Browser, Page } from "puppeteer-core";
import { needsChromium, openPage, startBrowser } from "../inspector/support/browser.js";
import { lit, press, textOf, textsOf, untilLit } from "../inspector/support/page.js";
import { compileFixture, ROOT } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { ffiscope, MAIN } from "./ffiscope.js";

const STRCPY = ["libc.so.6", "char *strcpy(char *dest, const char *src)", "out:6", "hello"];
const CLIENT = join(ROOT, "test/fixtures/tracee/callbacks.mjs");

/** A running command with an inspector. */
class Inspected {
  readonly process: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #lines: AsyncIterator<string>;
  stdout = "";

  constructor(...words: readonly string[]) {
    this.process = spawn(process.execPath, [MAIN, ...words], { stdio: ["ignore", "pipe", "pipe"] });
    this.process.stdout!.setEncoding("utf8").on("data", (text) => {
      this.stdout += text;
    });
    this.#lines = createInterface({ input: this.process.stderr! })[Symbol.asyncIterator]();
    this.#ended = once(this.process, "close").then(([code]) => code as number | null);
  }

  /** The next line on standard error that has `text`. */
  async said(text: string): Promise<string> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`it ended with ${await this.#ended} and did not say: ${text}`);
      if (value.includes(text)) return value;
    }
  }

  async url(): Promise<string> {
    return /http:\S+/.exec(await this.said("inspector at"))![0];
  }

  ended(): Promise<number | null> {
    return this.#ended;
  }
}

describe("ffiscope with an inspector", () => {
  let browser: Browser;

  before(async function () {
    needsChromium(this);
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await expectNothingLeft();
  });

  async function visit(inspected: Inspected): Promise<Page> {
    const { page, problems } = await openPage(browser, await inspected.url());
    page.on("close", () => expect(problems).to.deep.equal([]));
    return page;
  }

  it("trace --inspect shows the call, reports it, and ends when its page is closed", async () => {
    const inspected = new Inspected("trace", "--inspect", ...STRCPY);
    const page = await visit(inspected);
    await untilLit(page, "exited");
    await inspected.said("it is over");
    expect(inspected.stdout).to.include("✔ returned in");
    await page.waitForSelector("article.call");
    expect(await textsOf(page, '[data-buffer="dest"] .cells')).to.deep.equal(["WWWWWW"]);
    await press(page, "ArrowLeft", true);
    expect(await lit(page)).to.equal("idle");
    await page.close();
    expect(await inspected.ended()).to.equal(0);
  });

  it("shows the findings of a call in its byte maps, and has its exit code", async function () {
    needsCompiler(this);
    const flags = ["-shared", "-fPIC", "-O1", "-pthread"];
    const library = compileFixture("test/fixtures/native/misbehaving.c", flags);
    const words = [library, "void overrun(char *dst, int n)", "out:16", "16"];
    const inspected = new Inspected("inspect", "trace", "--json", ...words);
    const page = await visit(inspected);
    await page.waitForSelector(".finding");
    expect(await textsOf(page, ".finding")).to.deep.equal([
      "out-of-bounds-write: writes 1 byte past the end of dst (offset 16, size 16)",
    ]);
    expect(await textsOf(page, '[data-buffer="dst"] .cells')).to.deep.equal(["W".repeat(16), "!"]);
    expect(await textOf(page, '[data-buffer="dst"] .row .note')).to.equal("past the end");
    await page.close();
    expect(await inspected.ended()).to.equal(1);
    expect(JSON.parse(inspected.stdout)).to.deep.include({ outcome: "returned" });
  });

  it("inspect -- PROGRAM shows a program's calls by the memory that they touched", async () => {
    const inspected = new Inspected("inspect", "--", process.execPath, CLIENT);
    const page = await visit(inspected);
    await untilLit(page, "exited");
    await page.waitForSelector("article.call");
    expect((await textsOf(page, "article.call h3")).length).to.be.at.least(2);
    const areas = await page.$$eval("article.call figure", (figures) =>
      figures.map((figure) => figure.getAttribute("data-buffer") ?? ""),
    );
    for (const area of areas) expect(area).to.match(/^0x[0-9a-f]+$/);
    expect((await textsOf(page, "article.call .cells")).join("")).to.match(/^[RWB·]+$/);
    await page.close();
    expect(await inspected.ended()).to.equal(0);
    expect(JSON.parse(inspected.stdout)).to.include.keys("numbers");
  });

  it("its page is closed by Ctrl-C after the run, and the exit code is the run's", async () => {
    for (const words of [
      ["inspect", "trace", ...STRCPY],
      ["inspect", "run", "--", "true"],
    ]) {
      const inspected = new Inspected(...words);
      await inspected.said("it is over");
      inspected.process.kill("SIGINT");
      expect(await inspected.ended()).to.equal(0);
    }
  });
});

describe("ffiscope --inspect-until exit", () => {
  afterEach(() => expectNothingLeft());

  it("ends with the run, and says where the page was on standard error alone", async () => {
    const { code, stdout, stderr } = await ffiscope(
      ...["trace", "--json", "--inspect-until", "exit", ...STRCPY],
    );
    expect(code).to.equal(0);
    expect(stderr).to.match(/^ffiscope: inspector at http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/\n$/);
    expect(JSON.parse(stdout)).to.deep.include({ function: "strcpy" });
  });

  it("Ctrl-C during the run ends it all", async () => {
    const inspected = new Inspected("inspect", "trace", "libc.so.6", "int pause(void)");
    await inspected.url();
    inspected.process.kill("SIGINT");
    expect(await inspected.ended()).to.equal(130);
  });

  it("a port that is taken is a wrong command line", async () => {
    const first = new Inspected("inspect", "trace", "libc.so.6", "int pause(void)");
    const { port } = new URL(await first.url());
    const { code, stderr } = await ffiscope("trace", `--inspect-port=${port}`, ...STRCPY);
    first.process.kill("SIGTERM");
    expect(await first.ended()).to.equal(143);
    expect(stderr).to.match(/^ffiscope: the inspector cannot listen on port \d+: .*EADDRINUSE/);
    expect(code).to.equal(2);
  });
});
