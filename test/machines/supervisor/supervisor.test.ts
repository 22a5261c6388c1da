import { expect } from "chai";
import type { HeapBuffer } from "ffiscope";
import { addRestart, type SupervisorInput } from "ffiscope/machines";
import { needsCompiler } from "../../support/needs.js";
import { expectNothingLeft } from "../../support/processes.js";
import { call, host, idle, Supervised, shortLived } from "./support.js";

describe("createActor(supervisorMachine, { input })", () => {
  let supervised: Supervised;

  const started = (input: SupervisorInput): Supervised => {
    supervised = new Supervised(input);
    supervised.actor.start();
    return supervised;
  };

  before(function () {
    needsCompiler(this);
  });

  afterEach(async () => {
    supervised?.actor.stop();
    await expectNothingLeft();
  });

  describe("restarts", () => {
    it("a permanent child that was killed, and leaves the others as they are", async () => {
      const it = started({ children: [host("a"), host("b")] });
      await Promise.all([it.up("a"), it.up("b")]);
      const pid = it.pidOf("b");
      process.kill(it.pidOf("a"), "SIGKILL");
      await it.up("a", 2);
      expect(it.of("restart")).to.deep.equal([{ type: "restart", child: "a", restarts: 1 }]);
      expect(it.of("exit")[0]).to.deep.include({ child: "a" });
      expect(it.of("exit")[0]!.output).to.deep.include({ signal: "SIGKILL" });
      expect(it.pidOf("b")).to.equal(pid);
      await it.shutDown();
    });

    it("a permanent child that ended well, too", async () => {
      const it = started({ children: [shortLived("a", 0)], intensity: 2 });
      await it.until(() => it.of("restart").length === 2);
    });

    it("a transient child that ended badly, and not one that ended well", async () => {
      const children = [
        shortLived("bad", 3, { restart: "transient" }),
        shortLived("good", 0, { restart: "transient" }),
      ];
      const it = started({ children, intensity: 1 });
      await it.until(() => it.of("restart").length === 1 && it.of("exit", "good").length === 1);
      expect(it.of("restart")[0]!.child).to.equal("bad");
      await it.until(() => it.isOver);
      expect(it.states.good).to.equal("ended");
    });

    it("no temporary child: it is forgotten", async () => {
      const it = started({ children: [shortLived("a", 3, { restart: "temporary" }), host("b")] });
      await it.until(() => it.of("exit", "a").length === 1);
      expect(it.states).to.deep.equal({ b: "running" });
      expect(it.of("restart")).to.deep.equal([]);
      await it.shutDown();
    });
  });

  describe("gives up", () => {
    it("at more restarts than its intensity within the period, and ends all children", async () => {
      const it = started({ children: [host("b"), shortLived("a", 1)] });
      await it.until(() => it.isOver);
      expect(it.of("restart", "a")).to.have.length(1); // 1 in 5 s
      expect(it.of("gaveUp")).to.have.length(1);
      expect(it.of("exit", "b")).to.have.length(1);
      const { output } = it.actor.getSnapshot();
      expect(output).to.deep.include({ reason: "intensity" });
      expect(output!.message).to.match(/child 'a' ended, and there were 1 restarts within 5000 ms/);
    });

    it("where a child cannot be started", async () => {
      const it = started({ children: [{ id: "a", start: { command: "/nowhere/at-all" } }] });
      await it.until(() => it.isOver);
      expect(it.of("exit", "a")).to.have.length(2);
      expect(it.of("exit", "a")[0]!.output.failure).to.deep.include({
        code: "PROGRAM_NOT_STARTED",
      });
    });

    it("not at restarts that lie further apart than the period", () => {
      const flags = { intensity: 1, period: 5_000 };
      const first = addRestart([], 0, flags);
      expect(first).to.deep.equal({ restarts: [0], isTooMany: false });
      expect(addRestart(first.restarts, 5_000, flags).isTooMany).to.equal(true);
      expect(addRestart(first.restarts, 5_001, flags)).to.deep.equal({
        ...{ restarts: [5_001], isTooMany: false },
      });
      expect(addRestart([], 0, { ...flags, intensity: 0 }).isTooMany).to.equal(true);
    });
  });

  describe("shuts down", () => {
    it("its children one after the other, the last first", async () => {
      const it = started({ children: [host("a"), host("b"), idle("c", false)] });
      await it.until(() => it.of("host").length === 2);
      await it.up("c");
      await it.shutDown();
      expect(it.of("exit").map(({ child }) => child)).to.deep.equal(["c", "b", "a"]);
      for (const { output } of it.of("exit")) expect(output).to.deep.include({ exitCode: 0 });
      expect(it.actor.getSnapshot().output).to.deep.equal({ reason: "shutdown", message: null });
    });

    it("with grace, then kills", async () => {
      const it = started({ children: [idle("a", true, { shutdown: 100 })] });
      await it.up("a");
      await it.shutDown();
      expect(it.of("exit")[0]!.output).to.deep.include({ signal: "SIGKILL" });
    });

    it("brutally, where that is what was asked for", async () => {
      const it = started({ children: [idle("a", false, { shutdown: "brutal-kill" })] });
      await it.up("a");
      await it.shutDown();
      expect(it.of("exit")[0]!.output).to.deep.include({ signal: "SIGKILL" });
    });

    it("a host in a call once that is over, and with it what waits", async () => {
      const it = started({ children: [host("a", { shutdown: "infinity" })] });
      it.ask("a", "1", call("count"));
      it.ask("a", "2", call("count"));
      await it.until(() => it.settled("1") !== undefined);
      it.ask("a", "3", call("count"));
      it.ask("a", "4", call("count"));
      await it.shutDown();
      const outcomes = ["1", "2", "3", "4"].map((ref) => it.settled(ref)?.outcome);
      expect(outcomes).to.have.members(["returned", "returned", "lost", "lost"]);
      expect(it.of("exit")[0]!.output).to.deep.include({ exitCode: 0 });
    });
  });

  describe("is told to", () => {
    it("start, terminate, restart and delete children", async () => {
      const it = started({});
      it.actor.send({ type: "supervisor.start", child: host("a") });
      await it.up("a");
      it.actor.send({ type: "supervisor.start", child: host("a") });
      it.actor.send({ type: "supervisor.delete", id: "a" });
      it.actor.send({ type: "supervisor.terminate", id: "a" });
      await it.until(() => it.of("exit", "a").length === 1);
      expect(it.states).to.deep.equal({ a: "ended" });
      it.actor.send({ type: "supervisor.restart", id: "a" });
      await it.up("a", 2);
      it.actor.send({ type: "supervisor.terminate", id: "a" });
      await it.until(() => it.of("exit", "a").length === 2);
      it.actor.send({ type: "supervisor.delete", id: "a" });
      expect(it.states).to.deep.equal({});
      it.actor.send({ type: "supervisor.terminate", id: "a" });
      expect(it.of("refused").map(({ code }) => code)).to.deep.equal([
        ...["CHILD_EXISTS", "CHILD_RUNS", "NO_SUCH_CHILD"],
      ]);
      expect(it.of("restart")).to.deep.equal([]);
    });
  });

  describe("settles what a host is asked, once", () => {
    const once = (it: Supervised, ref: string) => {
      const all = it.of("settled").filter((each) => each.ref === ref);
      expect(all, ref).to.have.length(1);
      return all[0]!;
    };

    it("when it returns, is refused, or there is nobody to ask", async () => {
      const it = started({ children: [host("a")] });
      it.ask("a", "1", call("count"));
      it.ask("a", "2", call("nowhere"));
      it.ask("a", "3", call("count"));
      it.actor.send({
        type: "supervisor.call",
        id: "a",
        request: { ref: "4", load: { library: "libnowhere.so", deep: true } },
      });
      it.ask("b", "5", call("count"));
      await it.until(() => it.of("settled").length === 5);
      expect(once(it, "1")).to.deep.include({ outcome: "returned", result: 1 });
      expect(once(it, "1").record).to.deep.include({ outcome: "returned" });
      expect(once(it, "2").error).to.deep.include({ code: "SYMBOL_NOT_FOUND" });
      expect(once(it, "3")).to.deep.include({ outcome: "returned", result: 2 });
      expect(once(it, "4").error).to.deep.include({ code: "LIBRARY_NOT_LOADED" });
      expect(once(it, "5").error).to.deep.include({ code: "NO_SUCH_CHILD" });
    });

    it("when its host crashes; what waited is made by the next", async () => {
      const it = started({ children: [host("a")] });
      it.ask("a", "1", call("crash_if", { type: "i32", value: 1 }));
      it.ask("a", "2", call("count"));
      await it.until(() => it.of("settled").length === 2);
      expect(once(it, "1")).to.deep.include({ outcome: "crashed", error: null });
      expect(once(it, "1").record).to.deep.include({ signal: "SIGABRT" });
      expect(once(it, "2")).to.deep.include({ outcome: "returned", result: 1 });
      expect(it.of("call").map(({ record }) => record.outcome)).to.deep.equal([
        ...["crashed", "returned"],
      ]);
    });

    it("when its host is not started again, and when the supervisor gives up", async () => {
      const crash = call("crash_if", { type: "i32", value: 1 });
      const children = [host("a", { restart: "temporary" }), host("b")];
      const it = started({ children, intensity: 0 });
      const askBoth = (id: string) => {
        it.ask(id, `${id}1`, crash);
        it.ask(id, `${id}2`, call("count"));
      };
      askBoth("a");
      await it.until(() => it.of("settled").length === 2);
      askBoth("b");
      await it.until(() => it.isOver);
      for (const ref of ["a1", "b1"]) expect(once(it, ref).outcome).to.equal("crashed");
      for (const ref of ["a2", "b2"]) expect(once(it, ref).outcome).to.equal("lost");
    });

    it("when its host is terminated in the middle of it, after the grace", async () => {
      const it = started({ children: [host("a", { shutdown: 50 })] });
      it.ask("a", "1", call("wait_for_ever"));
      it.ask("a", "2", call("count"));
      const { actor } = it;
      await it.until(() => actor.getSnapshot().context.children[0]!.asked !== null);
      actor.send({ type: "supervisor.terminate", id: "a" });
      await it.until(() => it.of("settled").length === 2);
      expect(once(it, "1").outcome).to.be.oneOf(["cancelled", "lost"]);
      expect(once(it, "2").outcome).to.equal("lost");
      await it.until(() => it.states.a === "ended");
      it.ask("a", "3", call("count"));
      expect(once(it, "3").error).to.deep.include({ code: "CHILD_ENDED" });
    });

    it("and tells the findings of a call whose buffers are known", async () => {
      const it = started({ children: [host("a")] });
      await it.until(() => it.of("host").length === 1);
      const { heap } = it.of("host")[0]!;
      const [dst, src] = [8192, 65536].map((at) => Number(heap.guarded) + at);
      const buffer = (name: string, arg: number, address: number) =>
        ({ name, arg, address, size: 4, const: false }) as HeapBuffer;
      it.ask("a", "1", {
        ...call(
          "copy",
          { type: "ptr", value: dst! },
          { type: "ptr", value: src! },
          { type: "i32", value: 5 },
        ),
        result: "void",
        buffers: [buffer("dst", 0, dst!), buffer("src", 1, src!)],
      });
      await it.until(() => it.settled("1") !== undefined);
      const findings = it.of("finding").map(({ child, finding }) => [child, finding.kind]);
      expect(findings).to.have.deep.members([
        ["a", "out-of-bounds-read"],
        ["a", "out-of-bounds-write"],
      ]);
      expect(it.settled("1")!.record!.findings).to.have.length(2);
    });
  });
});
