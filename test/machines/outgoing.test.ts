import { once } from "node:events";
import { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { createSession, sessionEnd } from "ffiscope/machines";
import { encodeChildMessage, frame } from "../../dist/ipc/index.js";
import { Outgoing } from "../../dist/machines/link/outgoing.js";
import { openSocketPair } from "../../dist/native/files.js";
import { expectNothingLeft } from "../support/processes.js";

/** A socket whose kernel takes what it is told to take, and tells of it when it is told to. */
class SlowSocket {
  destroyed = false;
  writableLength = 0;
  readonly _handle = { writeQueueSize: 0 };
  #done: (() => void) | null = null;

  write(chunk: Uint8Array, done: () => void): boolean {
    this.writableLength = chunk.length;
    this._handle.writeQueueSize = chunk.length;
    this.#done = done;
    return false;
  }

  /** The kernel has all of it, and the event loop has not come to say so. */
  take(): void {
    this._handle.writeQueueSize = 0;
  }

  tell(): void {
    this.writableLength = 0;
    this.#done?.();
  }

  destroy(): void {
    this.destroyed = true;
  }
}

describe("what is sent to a child", () => {
  const chunks = [Buffer.from("one"), Buffer.from("two"), Buffer.from("three")];

  function sending() {
    const socket = new SlowSocket();
    const outgoing = new Outgoing(socket as unknown as Socket, unexpected);
    let sent = 0;
    outgoing.send(chunks, () => sent++);
    return { socket, outgoing, sent: () => sent };
  }

  it("is sent as soon as the kernel has the last byte, also before the event loop says so", async () => {
    const { socket, outgoing, sent } = sending();
    for (const last of [false, false, true]) {
      await nextTurn();
      outgoing.settle();
      expect(sent()).to.equal(0); // the kernel has not taken it
      socket.take();
      outgoing.settle();
      expect(sent()).to.equal(last ? 1 : 0);
      socket.tell();
    }
    await nextTurn();
    expect(sent()).to.equal(1); // and that is told once
    expect(outgoing.isEmpty).to.equal(true);
  });

  it("is not sent as long as a chunk of it is to come", async () => {
    const { socket, outgoing, sent } = sending();
    await nextTurn();
    socket.take();
    for (let i = 0; i < 3; i++) outgoing.settle();
    expect(sent()).to.equal(0);
  });

  it("waits in order: what comes behind frames that are alike is behind them", async () => {
    const { outgoing, read, close } = connected();
    const [alike, other] = [Buffer.from("a"), Buffer.from("-")];
    for (let i = 0; i < 3; i++) outgoing.sendAlike(alike);
    outgoing.send([other]);
    for (let i = 0; i < 10_000; i++) outgoing.sendAlike(alike);
    outgoing.send([other]);
    const text = (await read(10_005)).toString();
    expect(text === `aaa-${"a".repeat(10_000)}-`).to.equal(true);
    await close();
  });

  it("is counted and not kept where a child does not read: three million Confirmations", async () => {
    const { outgoing, read, close } = connected();
    const count = 3_000_000;
    const alike = Buffer.from("12345");
    outgoing.sendAlike(alike);
    await nextTurn();
    const before = used();
    for (let i = 1; i < count; i++) outgoing.sendAlike(alike);
    await nextTurn();
    const grown = used() - before;
    console.log(`        ${count} frames that nobody reads take ${(grown / 1024).toFixed(0)} KiB`);
    expect(grown).to.be.below(2 ** 20);
    expect((await read(count * alike.length)).length).to.equal(count * alike.length);
    await close();
  });

  function connected() {
    const [ours, theirs] = openSocketPair();
    const socket = new Socket({ fd: ours });
    const outgoing = new Outgoing(socket, unexpected);
    return {
      outgoing,
      async read(length: number): Promise<Buffer> {
        const peer = new Socket({ fd: theirs });
        const all: Buffer[] = [];
        for await (const chunk of peer) {
          all.push(chunk as Buffer);
          length -= (chunk as Buffer).length;
          if (length <= 0) break;
        }
        return Buffer.concat(all);
      },
      async close(): Promise<void> {
        const closed = once(socket, "close");
        outgoing.close();
        await closed;
      },
    };
  }
});

describe("a child that sends overrides and reads no Confirmation", () => {
  const COUNT = 100_000;
  /** Half of it is V8's own; each of them took 900 bytes. */
  const MOST_GROWTH = 24 * 2 ** 20;

  it("is read in bounded memory, and gets them all when it reads", async () => {
    const message = frame(encodeChildMessage({ type: "OverrideRetcode", code: 7 }));
    const script = `
      const { readSync, writeSync } = require("node:fs");
      process.kill(process.pid, "SIGSTOP");
      const fd = Number(process.env.FFISCOPE_FD);
      const all = Buffer.concat(Array(${COUNT}).fill(Buffer.from("${Buffer.from(message).toString("hex")}", "hex")));
      for (let at = 0; at < all.length; ) at += writeSync(fd, all, at);
      const answer = Buffer.alloc(1 << 16);
      let first = readSync(fd, answer);
      const size = 4 + answer.readUInt32LE(0);
      for (let left = ${COUNT} * size - first; left > 0; ) left -= readSync(fd, answer);
    `;
    const session = createSession({ command: process.execPath, args: ["-e", script] });
    let heard = 0;
    let before = 0;
    let grown = 0;
    session.on("ready", () => {
      before = used();
    });
    session.on("override", () => {
      if (++heard === COUNT) grown = used() - before;
    });
    const end = sessionEnd(session);
    session.start();
    expect((await end).retcode).to.equal(7);
    expect(heard).to.equal(COUNT);
    console.log(`        ${COUNT} overrides: ${(grown / 2 ** 20).toFixed(1)} MiB`);
    expect(grown).to.be.below(MOST_GROWTH);
    await expectNothingLeft();
  });
});

/** What is reachable, in bytes. */
function used(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function unexpected(error: unknown): never {
  throw error;
}
