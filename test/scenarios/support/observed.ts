import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { client } from "./client.js";
import { stepsOf } from "./session.js";

const PROGRAM = fileURLToPath(new URL("../programs/observed.js", import.meta.url));

/** What `programs/observed.ts` prints of a session of the scripted client, line by line. */
export async function observed(script: string): Promise<string[]> {
  const words = [PROGRAM, client(), ...stepsOf(script)];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  return stdout.split("\n").slice(0, -1);
}
