import { existsSync } from "node:fs";
import type { Context } from "mocha";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { skip } from "../../support/skip.js";

/** Where Debian's `chromium` is, and what others call theirs. */
const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const program = () => PROGRAMS.find((path) => existsSync(path));

/** Skips where there is no Chromium. */
export function needsChromium(context: Context): void {
  if (program() === undefined) skip(context, "no chromium: install chromium");
}

/** A headless Chromium of this run's own; nothing is downloaded. */
export function startBrowser(): Promise<Browser> {
  // Root has no sandbox; the only pages that are opened are ours.
  const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
  return puppeteer.launch({ executablePath: program()!, headless: true, args, timeout: 0 });
}

/** A page, and what went wrong in it. */
export interface OpenedPage {
  readonly page: Page;
  /** Errors of scripts, of the policy, and of requests that failed. */
  readonly problems: string[];
  /** The address of every request. */
  readonly requested: string[];
}

/** Opens an inspector's page, and waits until it is connected. */
export async function openPage(browser: Browser, url: string): Promise<OpenedPage> {
  const page = await browser.newPage();
  page.setDefaultTimeout(0); // mocha's is enough
  await page.setViewport({ width: 1500, height: 940 });
  const problems: string[] = [];
  const requested: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => problems.push(message.text()));
  page.on("requestfailed", (request) => problems.push(`failed: ${request.url()}`));
  page.on("request", (request) => requested.push(request.url()));
  await page.goto(url);
  await page.waitForSelector('[data-connection="connected"]');
  return { page, problems, requested };
}
