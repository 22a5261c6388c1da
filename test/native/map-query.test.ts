import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { expect } from "chai";
import type { Pid, Tid } from "../../dist/model/index.js";
import { type MappingQuery, openMappingQuery } from "../../dist/native/memory/map-query.js";
import { type Mapping, readMappings } from "../../dist/native/memory/maps.js";
import { ProcessMappings } from "../../dist/native/remote/process-mappings.js";
import { skipHere } from "../support/skip.js";

const USER_SPACE_END = 2 ** 47;

describe("the kernel's answer on single mappings", () => {
  let child: ChildProcessByStdio<Writable, Readable, null>;
  let pid: Pid;
  let query: MappingQuery;

  before(async function () {
    child = spawn("cat", { stdio: ["pipe", "pipe", "ignore"] });
    pid = child.pid! as Pid;
    child.stdin.write("loaded");
    await once(child.stdout, "data");
    query = openMappingQuery(pid) ?? skipHere(this, "PROCMAP_QUERY needs Linux 6.11");
  });
  after(() => child.kill());

  it("is what the text of all has", () => {
    const read = readMappings(pid)
      .filter(({ start }) => start < USER_SPACE_END)
      .map(({ name, ...mapping }) => mapping);
    expect([...query.within(0, USER_SPACE_END)]).to.deep.equal(read);
  });

  it("is the mapping that an address lies in, or the next", () => {
    const [first] = readMappings(pid);
    for (const address of [0, first!.start, first!.end - 1]) {
      expect(query.atOrAfter(address)).to.include({ start: first!.start, end: first!.end });
    }
    expect(query.atOrAfter(first!.end)!.start).to.be.at.least(first!.end);
    expect(query.atOrAfter(USER_SPACE_END)).to.equal(null);
  });

  it("is found in the text of all where the kernel cannot be asked", () => {
    const [asked, read] = [new ProcessMappings(), new ProcessMappings(() => null)];
    for (const mappings of [asked, read]) {
      expect(mappings.atOrAfter(0)).to.equal(null);
      mappings.renew(pid as number as Tid);
    }
    for (const { start, end } of readMappings(pid)) {
      for (const address of [start - 1, start, end - 1, end].filter((a) => a < USER_SPACE_END)) {
        const { name, ...mapping } = (read.atOrAfter(address) ?? {}) as Partial<Mapping>;
        expect(mapping).to.deep.equal(asked.atOrAfter(address) ?? {});
      }
    }
    for (const mappings of [asked, read]) mappings.close();
  });

  it("is none once the process is gone", async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(query.atOrAfter(0)).to.equal(null);
    query.close();
    expect(openMappingQuery(pid)).to.equal(null);
  });
});
