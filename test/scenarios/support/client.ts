import type { Context } from "mocha";
import { compileFixture } from "../../support/fixtures.js";
import { needsCompiler } from "../../support/needs.js";

const SOURCE = "test/fixtures/scenarios/client.c";
const FLAGS = ["-Wall", "-Wextra", "-Werror", "-O1", "-pthread"];

/** The path of the scripted client, compiled. */
export function client(): string {
  return compileFixture(SOURCE, FLAGS);
}

/** For a suite's `before`: skips it where the client cannot be compiled. */
export function needsClient(this: Context): void {
  needsCompiler(this);
  client();
}
