import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { type Inspector, type InspectorOptions, openInspector } from "ffiscope/inspector";
import { createSession, type SessionInput, sessionEnd } from "ffiscope/machines";
import type { Browser, Page } from "puppeteer-core";
import { client } from "../scenarios/support/client.js";
import { ROOT } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { needsChromium, type OpenedPage, openPage, startBrowser } from "./support/browser.js";
import {
  drawn,
  lit,
  press,
  recordedLit,
  recordLit,
  takenArrow,
  textOf,
  textsOf,
  untilLit,
} from "./support/page.js";
import { LIFECYCLE, traceMemcpy } from "./support/traced.js";

/** What the run recorded, to be looked at: pictures of each state, and the states as they were lit. */
const RECORD = join(ROOT, ".test-build/inspector-record");

describe("the inspector's page, in Chromium", () => {
  let browser: Browser;
  const inspectors: Inspector[] = [];

  before(async function () {
    needsChromium(this);
    mkdirSync(RECORD, { recursive: true });
    browser = await startBrowser();
  });
  afterEach(async () => {
    for (const page of await browser.pages()) if (page.url() !== "about:blank") await page.close();
    for (const inspector of inspectors.splice(0)) await inspector.close();
  });
  after(async () => {
    await browser?.close();
    await expectNothingLeft();
  });

  async function open(options?: InspectorOptions): Promise<Inspector & OpenedPage> {
    const inspector = await openInspector(options);
    inspectors.push(inspector);
    return { ...inspector, ...(await openPage(browser, inspector.url)) };
  }

  /** A page that has watched a traced call from its start. */
  async function traced(): Promise<Inspector & OpenedPage> {
    const opened = await open();
    await recordLit(opened.page);
    await traceMemcpy(opened.inspect, "hello", 8);
    await untilLit(opened.page, "exited");
    await drawn(opened.page);
    return opened;
  }

  it("lights each state of a traced run as it goes through its lifecycle", async () => {
    const { page, problems } = await traced();
    const states = await recordedLit(page);
    writeFileSync(join(RECORD, "lifecycle.json"), `${JSON.stringify(states)}\n`);
    expect(states).to.deep.equal(LIFECYCLE);
    expect(problems).to.deep.equal([]);
  });

  it("steps back through the whole lifecycle and forth again, with the keyboard", async () => {
    const { page } = await traced();
    const back: (string | null)[] = [];
    for (let at = LIFECYCLE.length - 1; at >= 0; at--) {
      back.push(await lit(page));
      await page.screenshot({ path: join(RECORD, `${at}-${back.at(-1)}.png`) });
      if (at > 0) await press(page, "ArrowLeft", true);
    }
    expect(back).to.deep.equal(LIFECYCLE.toReversed());
    const forth = [await lit(page)];
    while (forth.length < LIFECYCLE.length) {
      await press(page, "ArrowRight", true);
      forth.push(await lit(page));
    }
    expect(forth).to.deep.equal(LIFECYCLE);
  });

  it("shows the context and the calls as they were at the place that is looked at", async () => {
    const { page } = await traced();
    expect(await contextOf(page)).to.include({ ready: "true", exitCode: "0", calls: "1" });
    expect(await page.$$("article.call")).to.have.length(1);
    await press(page, "Home");
    expect(await lit(page)).to.equal(null);
    for (let i = 0; i < 2; i++) await press(page, "ArrowRight", true);
    expect(await lit(page)).to.equal("seizing");
    expect(await contextOf(page)).to.include({ ready: "false", exitCode: "null", calls: "0" });
    expect(await page.$$("article.call")).to.have.length(0);
    await press(page, "End");
    expect(await lit(page)).to.equal("exited");
  });

  it("lights an override in the region of the retcode: before, in, between and after calls", async function () {
    needsCompiler(this);
    const { page, problems, inspect } = await open();
    await recordLit(page);
    const session = createSession(overridingClient(), inspect);
    const taken: string[] = [];
    session.on("override", ({ code }) =>
      taken.push(`${code} ${session.getSnapshot().value.lifecycle}`),
    );
    const end = sessionEnd(session);
    session.start();
    expect((await end).retcode).to.equal(6);
    expect(taken).to.deep.equal(OVERRIDES.map(([state], i) => `${i + 1} ${state}`));
    await untilLit(page, "settled");
    await drawn(page);
    expect(await recordedLit(page, "retcode")).to.deep.equal([
      ...["none", "overridden", "overriddenAgain", "settled"],
    ]);
    // Back through the history: at each override both regions are lit, and the arrow that was taken.
    const rows = await page.$$('#sequence li.event .message[title="frame.overrideRetcode"]');
    expect(rows).to.have.length(OVERRIDES.length);
    for (const [i, row] of [...rows.entries()].toReversed()) {
      await row.click();
      await drawn(page);
      const isThere = async () => (await contextOf(page)).override === `${i + 1}`;
      while (!(await isThere())) await press(page, "ArrowRight"); // what it has led to
      const [state, retcode, from] = OVERRIDES[i]!;
      await page.screenshot({ path: join(RECORD, `override-${i + 1}-in-${state}.png`) });
      expect([await lit(page), await lit(page, "retcode")]).to.deep.equal([state, retcode]);
      expect(await takenArrow(page, "retcode")).to.equal(`${from} ${retcode}`);
    }
    expect(problems).to.deep.equal([]);
  });

  it("pauses while a session goes on, and catches up", async () => {
    const { page, inspect } = await traced();
    await press(page, "Space");
    const place = await textOf(page, "#place");
    expect(place).to.match(/^paused: \d+ of \d+$/);
    await traceMemcpy(inspect, "more", 8);
    await page.waitForFunction(`document.querySelector("#place").textContent !== "${place}"`);
    expect((await textOf(page, "#place")).split(" of ")[0]).to.equal(place.split(" of ")[0]);
    expect(await page.$$('#actors [data-actor="3"]')).to.have.length(0);
    await press(page, "Space");
    expect(await textOf(page, "#place")).to.match(/^live/);
    expect(await page.$$('#actors [data-actor="3"]')).to.have.length(1);
  });

  it("replays what was, state by state, and is live again at its end", async () => {
    const { page } = await traced();
    await press(page, "Home");
    await recordLit(page);
    await press(page, "r");
    await page.waitForSelector('body[data-place="live"]');
    await untilLit(page, "exited");
    expect(await recordedLit(page)).to.deep.equal(LIFECYCLE);
  });

  it("shows which actor sent what to whom, in order", async () => {
    const { page } = await traced();
    expect(await textsOf(page, "#sequence .heads span")).to.deep.equal([
      ...["", "outside", "session #1", "tracee #2"],
    ]);
    const rows = await page.$$eval("#sequence .message", (messages) =>
      messages.map((message) => `${message.className.split(" ")[1]} ${message.textContent}`),
    );
    const told = [
      ...["left tracee.spawned", "left tracee.seized", "left tracee.ready", "left frame.hello"],
      ...["right tracee.command: hello", "left frame.heap", "right session.load"],
      ...["right tracee.command: load", "left frame.returned", "right session.call"],
      ...["right tracee.command: call", "left frame.startFfi", "right tracee.command: arm"],
      ...["left tracee.tracing", "left tracee.callEnded", "right tracee.command: deliver"],
      ...["left channel.delivered", "left frame.returned", "right session.exit"],
      ...["left tracee.exiting", "left tracee.exited"],
    ];
    expect(rows.filter((row) => told.includes(row))).to.deep.equal(told);
    const notes = await textsOf(page, "#sequence .state .note");
    expect(notes).to.deep.equal([...LIFECYCLE.slice(0, -1), "exited, retcode: settled"]);
  });

  it("shows the call with the byte map of each buffer", async () => {
    const { page } = await traced();
    expect(await textOf(page, "article.call h3")).to.match(
      /^1\. memcpy = 0x[0-9a-f]+ returned in [\d.]+ m?s$/,
    );
    expect(await mapOf(page, "dst")).to.deep.equal(["WWWWW···"]);
    expect(await mapOf(page, "src")).to.deep.equal(["RRRRR"]);
    expect(await textOf(page, '[data-buffer="dst"] figcaption')).to.equal(
      "dst 8 bytes, 0 read, 5 written, 3 untouched",
    );
  });

  it("shows many sessions, each with its chart, context and calls", async () => {
    const { page, inspect } = await open();
    const texts = ["first", "second one", "third"];
    await Promise.all(texts.map((text) => traceMemcpy(inspect, text, 16)));
    await page.waitForFunction(
      `document.querySelectorAll('#actors [data-status="done"]').length === 3`,
    );
    const sessions = await page.$$('#actors > ul > li > [data-status="done"]');
    expect(sessions).to.have.length(3);
    const shown: string[] = [];
    for (const session of sessions) {
      await session.click();
      await drawn(page);
      expect(await lit(page)).to.equal("exited");
      shown.push((await mapOf(page, "src")).join(""));
    }
    expect(shown).to.have.members(texts.map((text) => "R".repeat(text.length)));
    const selected = () => textOf(page, '#actors [aria-pressed="true"] b');
    const before = await selected();
    await press(page, "[");
    expect(await selected()).to.not.equal(before);
    await press(page, "]");
    expect(await selected()).to.equal(before);
  });

  it("says how much of the past is kept, and shows the rest when its beginning is gone", async () => {
    const { page, inspect } = await open({ history: { entries: 30 } });
    await traceMemcpy(inspect, "hello", 8);
    await untilLit(page, "exited");
    await drawn(page);
    expect(await textOf(page, "#kept")).to.match(
      /^\d+ entries kept, the oldest \d+ were dropped \(at most 30 entries or 32 MiB are kept\)$/,
    );
    expect(await mapOf(page, "src")).to.deep.equal(["RRRRR"]);
    const late = await openPage(browser, inspectors[0]!.url);
    await untilLit(late.page, "exited");
    expect(await textOf(late.page, "#kept")).to.equal(await textOf(page, "#kept"));
  });

  it("opened afterwards shows what was, and can be walked through", async () => {
    const inspector = await openInspector();
    inspectors.push(inspector);
    await traceMemcpy(inspector.inspect, "hello", 8);
    const { page, problems } = await openPage(browser, inspector.url);
    await untilLit(page, "exited");
    await press(page, "ArrowLeft", true);
    expect(await lit(page)).to.equal("idle");
    expect(problems).to.deep.equal([]);
  });

  it("loads nothing but what its own server has", async () => {
    const { requested, url } = await traced();
    expect(requested.filter((address) => !address.startsWith(url))).to.deep.equal([]);
    expect(requested).to.include.members([url, `${url}page/app.js`, `${url}events`]);
  });

  it("keeps what it has when the inspector is closed, and says so", async () => {
    const { page, close } = await traced();
    await close();
    await page.waitForSelector('[data-connection="ended"]');
    await press(page, "ArrowLeft", true);
    expect(await lit(page)).to.equal("idle");
  });

  it("is dark where dark is preferred", async () => {
    const { page } = await open();
    const ground = () =>
      page.evaluate("getComputedStyle(document.body).backgroundColor") as Promise<string>;
    const grounds: string[] = [];
    for (const value of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      grounds.push(await ground());
    }
    expect(grounds).to.deep.equal(["rgb(244, 245, 247)", "rgb(16, 20, 27)"]);
  });

  it("is refused without the token", async () => {
    const { url, page } = await open();
    const { origin } = new URL(url);
    for (const address of [origin, `${origin}/events`, `${origin}/page/app.js`]) {
      const response = await page.goto(address);
      expect(response!.status(), address).to.equal(403);
    }
    expect(await textOf(page, "body")).to.match(/^403: open the page by the URL/);
  });

  it("tells when its last window is closed, and a reload is none", async () => {
    const { page, pageClosed } = await open();
    let closed = false;
    void pageClosed.then(() => {
      closed = true;
    });
    await page.reload();
    await page.waitForSelector('[data-connection="connected"]');
    expect(closed).to.equal(false);
    await page.close();
    await pageClosed;
  });
});

/** Of each override of the client: the lifecycle's state, the retcode's, and the one before that. */
const OVERRIDES = [
  ["idle", "overridden", "none"],
  ["armed", "overriddenAgain", "overridden"],
  ["tracing", "overriddenAgain", "overridden"],
  ["idle", "overriddenAgain", "overridden"],
  ["tracing", "overriddenAgain", "overridden"],
  ["idle", "overriddenAgain", "overridden"],
] as const;

/** A plain client that sends overrides of 1, 2 and so on before, in, between and after its calls. */
function overridingClient(): SessionInput {
  const first = "start:A override:2 confirm confirm stop r4:A override:3 confirm usr1 events";
  const second = "start:A confirm stop r4:A override:5 confirm usr1 events";
  const between = "override:4 confirm";
  const script = `stop map:A:1 override:1 confirm ${first} ${between} ${second} override:6 confirm exit:9`;
  const quietly = ["-c", 'exec "$0" "$@" >/dev/null', client()];
  return { command: "sh", args: [...quietly, ...script.split(" ")] };
}

/** The rows of a buffer's byte map. */
function mapOf(page: Page, buffer: string): Promise<string[]> {
  return textsOf(page, `[data-buffer="${buffer}"] .cells`);
}

/** The context's values that have a line of their own, by name. */
async function contextOf(page: Page): Promise<Record<string, string>> {
  const pairs = await page.$$eval("#context .body > .tree > .pair", (rows) =>
    rows.map((row) => [
      row.querySelector(".key")?.textContent ?? "",
      row.querySelector("code")?.textContent ?? "",
    ]),
  );
  return Object.fromEntries(pairs) as Record<string, string>;
}
