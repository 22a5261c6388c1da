import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type CallbackFunction,
  FfiscopeError,
  nearestName,
  quoted,
  type Signature,
  UsageError,
} from "../../model/index.js";
import { isFunctionPointer } from "./parse-arguments.js";

const PREFIX = "js:";

const errors = {
  notLoaded: (file: string, cause: unknown) =>
    new UsageError({
      code: "CALLBACK_NOT_LOADED",
      message: `${quoted(file)} cannot be loaded: ${firstLine(cause)}`,
      remedy: "Give js:FILE#NAME, with a JavaScript module by its path from here",
      cause,
    }),

  notExported: (file: string, name: string, known: readonly string[]) => {
    const near = nearestName(name, known);
    const all = known.length > 0 ? `It exports ${known.join(", ")}` : "It exports nothing";
    return new UsageError({
      code: "CALLBACK_NOT_EXPORTED",
      message: `${quoted(file)} has no export ${quoted(name)}`,
      remedy: near ? `Did you mean ${near}?` : all,
    });
  },

  notFunction: (file: string, name: string, value: unknown) =>
    new UsageError({
      code: "CALLBACK_FUNCTION",
      message: `${quoted(name)} of ${quoted(file)} is no function but ${value === null ? "null" : `of type ${typeof value}`}`,
      remedy: "Give an export that is a function",
    }),

  threw: (text: string, cause: unknown) =>
    new FfiscopeError({
      code: "CALLBACK_THREW",
      message: `${text} threw: ${firstLine(cause)}`,
      cause,
    }),
};

/** The functions that `js:FILE#NAME` names where a function pointer is due, by what was written. */
export async function loadFunctions(
  { parameters }: Signature,
  texts: readonly string[],
): Promise<Map<string, CallbackFunction>> {
  const named = texts.filter((text, i) => {
    const type = parameters[i]?.type;
    return type !== undefined && isFunctionPointer(type) && text.startsWith(PREFIX);
  });
  const loaded = new Map<string, CallbackFunction>();
  for (const text of new Set(named)) loaded.set(text, await load(text));
  return loaded;
}

async function load(text: string): Promise<CallbackFunction> {
  const [, file, name = "default"] = /^js:(.*?)(?:#([^#/]*))?$/s.exec(text)!;
  let module: Record<string, unknown>;
  try {
    module = await import(pathToFileURL(resolve(file!)).href);
  } catch (error) {
    throw errors.notLoaded(file!, error);
  }
  // What a CommonJS module exports may be known by its default alone.
  const inner = module.default;
  const more = typeof inner === "object" && inner !== null ? (inner as typeof module) : {};
  const exported = { ...more, ...module };
  if (!Object.hasOwn(exported, name)) {
    throw errors.notExported(file!, name, Object.keys(exported));
  }
  const fn = exported[name];
  if (typeof fn !== "function") throw errors.notFunction(file!, name, fn);
  const named = { [text]: fn as CallbackFunction };
  const told = async (...values: unknown[]) => {
    try {
      return await named[text]!(...values);
    } catch (error) {
      throw errors.threw(text, error);
    }
  };
  Object.defineProperty(told, "name", { value: text });
  return told;
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n", 1)[0]!;
}
