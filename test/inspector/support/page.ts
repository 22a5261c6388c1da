import type { Page } from "puppeteer-core";

/** Functions passed to `evaluate` run in the page: this is all of its world that they use here. */
interface Node {
  readonly textContent: string | null;
  readonly dataset: Readonly<Record<string, string>>;
  querySelectorAll(selector: string): Iterable<Node>;
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
}
declare const document: Node;
declare const window: { lit?: string[] };
declare const MutationObserver: new (
  heard: (records: readonly { readonly target: Node; readonly oldValue: string | null }[]) => void,
) => { observe(node: Node, options: object): void };

/** From here on the page keeps the states that are lit, also those too short for an eye. */
export async function recordLit(page: Page): Promise<void> {
  await page.evaluate(() => {
    const lit: string[] = [];
    window.lit = lit;
    new MutationObserver((records) => {
      // A state that is lit gets the attribute; `oldValue` null says that it had none.
      for (const { target, oldValue } of records) {
        const { region, state } = target.dataset;
        if (oldValue === null && state) lit.push(`${region} ${state}`);
      }
    }).observe(document, {
      ...{ subtree: true, attributes: true, attributeOldValue: true },
      attributeFilter: ["aria-current"],
    });
  });
}

export async function recordedLit(page: Page, region = "lifecycle"): Promise<string[]> {
  const all = await page.evaluate(() => window.lit ?? []);
  const own = all.filter((each) => each.startsWith(`${region} `));
  return own.map((each) => each.slice(region.length + 1));
}

/** The state of a region that is lit now, by its colour as well as by its name. */
export async function lit(page: Page, region = "lifecycle"): Promise<string | null> {
  const states = await page.$$eval(`.state.lit[data-region="${region}"]`, (nodes) =>
    nodes.map((node) => (node as unknown as Node).dataset.state!),
  );
  if (states.length > 1) throw new Error(`several states are lit: ${states.join(", ")}`);
  return states[0] ?? null;
}

/** The arrow of a region that is lit as taken: from where to where; null where none is. */
export async function takenArrow(page: Page, region: string): Promise<string | null> {
  const arrows = await page.$$eval(`.arrow.taken[data-region="${region}"]`, (nodes) =>
    nodes.map((node) => {
      const { from, to } = (node as unknown as Node).dataset;
      return `${from} ${to}`;
    }),
  );
  if (arrows.length > 1) throw new Error(`several arrows are taken: ${arrows.join(", ")}`);
  return arrows[0] ?? null;
}

/** Waits until a state is lit. */
export async function untilLit(page: Page, state: string): Promise<void> {
  await page.waitForSelector(`.state.lit[data-state="${state}"]`);
}

export async function textOf(page: Page, selector: string): Promise<string> {
  return page.$eval(selector, (node) => (node as unknown as Node).textContent ?? "");
}

export async function textsOf(page: Page, selector: string): Promise<string[]> {
  return page.$$eval(selector, (nodes) =>
    nodes.map((node) => (node as unknown as Node).textContent ?? ""),
  );
}

/** Waits until the page has drawn what it knows: it does so with the next frame. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const world = globalThis as unknown as { requestAnimationFrame(f: () => void): void };
        world.requestAnimationFrame(() => world.requestAnimationFrame(resolve));
      }),
  );
}

/** Presses a key, with Shift held where it is said, and waits for what it brings. */
export async function press(
  page: Page,
  key: "ArrowLeft" | "ArrowRight" | "Home" | "End" | "Space" | "r" | "[" | "]",
  shift = false,
): Promise<void> {
  if (shift) await page.keyboard.down("Shift");
  await page.keyboard.press(key);
  if (shift) await page.keyboard.up("Shift");
  await drawn(page);
}
