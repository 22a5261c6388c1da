import { expect } from "chai";
import { LineLease } from "../../dist/ipc/index.js";

const TERMS = { call: 7, extensions: true };
const SOON_MS = 1;

describe("the lease of a line", () => {
  let session: LineLease;
  let tracer: LineLease;
  const held = () => tracer.use(() => true, false);

  beforeEach(() => {
    session = new LineLease();
    tracer = new LineLease(session.memory);
  });

  const granted = () => {
    tracer.want();
    expect(session.grant(TERMS)).to.equal(true);
    expect(tracer.awaitGrant(SOON_MS)).to.deep.equal(TERMS);
  };

  it("is nobody's but the session's at first", () => {
    expect(held()).to.equal(false);
    expect(tracer.isHeld).to.equal(false);
    expect(tracer.giveBack()).to.equal(false);
  });

  it("is granted to a tracer that waits for it, with its terms", () => {
    granted();
    expect(held()).to.equal(true);
  });

  it("is not granted to one that does not wait, or not any more: the session keeps the line", () => {
    expect(session.grant(TERMS)).to.equal(false);
    tracer.want();
    expect(tracer.awaitGrant(SOON_MS)).to.equal(null);
    expect(session.grant(TERMS)).to.equal(false);
    expect(held()).to.equal(false);
  });

  it("is refused", () => {
    tracer.want();
    session.refuse();
    expect(tracer.awaitGrant(SOON_MS)).to.equal(null);
  });

  it("goes back, and can be granted again", () => {
    granted();
    expect(tracer.giveBack()).to.equal(true);
    expect(held()).to.equal(false);
    granted();
  });

  it("is back also when the work on the line fails", () => {
    granted();
    const work = () => {
      throw new Error("no line");
    };
    expect(() => tracer.use(work, false)).to.throw("no line");
    expect(tracer.isHeld).to.equal(true);
  });

  it("ends for good when it is revoked", () => {
    granted();
    session.revoke();
    expect(held()).to.equal(false);
    tracer.want();
    expect(session.grant(TERMS)).to.equal(false);
  });

  it("ends where the tracer is lost in the middle of its work", () => {
    granted();
    tracer.use(() => {
      session.abandon();
      session.revoke(); // would wait for ever
    }, undefined);
  });

  it("says how far the session is behind", () => {
    expect(tracer.isAhead(2, 1)).to.equal(true);
    session.follow();
    expect(tracer.isAhead(2, 1)).to.equal(false);
    tracer.awaitFollowed(2, 1);
  });
});
