import type { ActorPast, BufferView, CallView, Plain } from "../entry.js";
import { duration, element, find, grouped } from "./dom.js";

/** What the letters of a map stand for, and the class of their colour. */
const GLYPHS: Readonly<Record<string, string>> = {
  ...{ R: "read", r: "read part", W: "write", w: "write part", B: "both", b: "both part" },
  ...{ "·": "quiet", "!": "bad" },
};

const GROUP = 8;

/** The last calls of the selected actor with what they did to their buffers. */
export class CallsView {
  readonly #body = find("#calls .body");
  #shown = "";

  show(actor: ActorPast | undefined): void {
    const { calls = [], results = {} } = actor ?? {};
    const text = JSON.stringify([actor?.facts.actor, calls, results]);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#body.replaceChildren(
      ...(calls.length === 0
        ? [element("p", { class: "empty" }, "No call is over yet.")]
        : [...calls.toReversed().map((call) => callCard(call, results[call.call])), legend()]),
    );
  }
}

function callCard(call: CallView, result: Plain | undefined): HTMLElement {
  const { outcome, findings } = call;
  const good = outcome === "returned" && (findings === null || findings.length === 0);
  const value = result === undefined || result === null ? "" : ` = ${result}`;
  return element(
    "article",
    { class: "call", "data-call": String(call.call) },
    element(
      "h3",
      {},
      `${call.call}. ${call.name ?? "call"}${value} `,
      element(
        "span",
        { class: good ? "outcome good" : "outcome bad" },
        `${outcome} in ${duration(call.durationMs)}`,
      ),
    ),
    element("p", { class: "counts" }, countsOf(call)),
    ...(findings ?? []).map((finding) => element("p", { class: "finding" }, finding)),
    ...call.buffers.map(bufferMap),
    ...(call.more > 0 ? [element("p", { class: "counts" }, `${call.more} more areas`)] : []),
  );
}

function countsOf({ accesses, kept, reads, writes, unknown, threads }: CallView): string {
  const parts = [`${grouped(accesses)} accesses`];
  if (kept < accesses) parts.push(`the first ${grouped(kept)} of them:`);
  parts.push(`${grouped(reads)} reads`, `${grouped(writes)} writes`);
  if (unknown > 0) parts.push(`${grouped(unknown)} not understood`);
  if (threads > 1) parts.push(`${threads} threads`);
  return parts.join(", ").replace(":,", ":");
}

function bufferMap(buffer: BufferView): HTMLElement {
  const facts = [
    `${buffer.const ? "const, " : ""}${grouped(buffer.size)} bytes`,
    `${grouped(buffer.read)} read`,
    `${grouped(buffer.written)} written`,
    `${grouped(buffer.untouched)} untouched`,
    ...(buffer.scale > 1 ? [`${buffer.scale} a cell`] : []),
  ];
  return element(
    "figure",
    { "data-buffer": buffer.name },
    element(
      "figcaption",
      {},
      element("b", { title: buffer.address }, buffer.name),
      ` ${facts.join(", ")}`,
    ),
    ...buffer.rows.map(({ label, glyphs, note }) =>
      element(
        "div",
        { class: "row" },
        element("span", { class: "offset" }, label),
        element("span", { class: "cells" }, ...cells(glyphs)),
        ...(note === null ? [] : [element("span", { class: "bad note" }, note)]),
      ),
    ),
  );
}

function cells(glyphs: string): HTMLElement[] {
  return [...glyphs].map((glyph, i) => {
    const gap = i % GROUP === GROUP - 1 ? " gap" : "";
    return element("span", { class: `${GLYPHS[glyph]}${gap}` }, glyph);
  });
}

function legend(): HTMLElement {
  const keys = ["R read", "W written", "B both", "· untouched", "! offending"];
  return element(
    "p",
    { class: "legend" },
    ...keys.flatMap((key) => [
      element("span", { class: `cell ${GLYPHS[key[0]!]}` }, key[0]!),
      ` ${key.slice(2)}  `,
    ]),
    "small letters: in part",
  );
}
