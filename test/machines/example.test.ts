import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { expectNothingLeft } from "../support/processes.js";

const SERVICE = fileURLToPath(new URL("../../examples/embed/service.mjs", import.meta.url));

describe("the example that embeds a session", () => {
  it("survives a native call that crashes, and serves the next", async () => {
    const service = spawn(process.execPath, [SERVICE, "0"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(service, "close");
    const [line] = (await once(createInterface({ input: service.stdout }), "line")) as [string];
    const post = async (path: string) => {
      const url = line.replace("listening on ", "") + path;
      const headers = { connection: "close" };
      const response = await fetch(url, { method: "POST", body: "hello", headers });
      return { status: response.status, ...((await response.json()) as object) };
    };
    const checksum = { outcome: "returned", signal: null, reads: 5, writes: 0, result: 907060870 };
    expect(await post("/crc32")).to.deep.equal({ status: 200, ...checksum });
    expect(await post("/abort")).to.deep.equal({
      ...{ status: 502, outcome: "crashed", signal: "SIGABRT", reads: 0, writes: 0 },
    });
    expect(await Promise.all([post("/crc32"), post("/abort"), post("/crc32")])).to.deep.include({
      status: 200,
      ...checksum,
    });
    service.kill("SIGTERM");
    expect(await ended).to.deep.equal([0, null]);
    await expectNothingLeft();
  });
});
