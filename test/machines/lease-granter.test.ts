import { expect } from "chai";
import type { LeaseTerms } from "../../dist/ipc/index.js";
import type { ChildLine } from "../../dist/machines/link/child-line.js";
import { LeaseGranter } from "../../dist/machines/link/lease-granter.js";

const TERMS: LeaseTerms = { call: 2, extensions: false };
const SOON_MS = 1;
/** All calls follow each other closely enough, on a busy machine too. */
const ANY_TIME = Number.POSITIVE_INFINITY;

/** What a leaser asks of a line. */
class Line {
  isQuiet = true;
  isPaused = false;

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }
}

describe("leasing a line", () => {
  let leaser: LeaseGranter;
  let line: Line;
  beforeEach(() => {
    leaser = new LeaseGranter(ANY_TIME);
    line = new Line();
    leaser.arming(TERMS);
    deliver(); // the first call
  });

  function deliver(isFree = true): LeaseTerms | null {
    leaser.lease.want();
    leaser.delivered(line as unknown as ChildLine, isFree);
    return leaser.lease.awaitGrant(SOON_MS);
  }

  function giveBack(): void {
    leaser.lease.giveBack();
    leaser.returned(line as unknown as ChildLine);
  }

  /** How many calls come until one is promised a lease. */
  function callsWithout(): number {
    for (let calls = 0; ; calls++) {
      if (leaser.arming(TERMS)) return calls;
      deliver();
    }
  }

  it("comes with a call that follows closely, and the line is not read meanwhile", () => {
    expect(leaser.arming(TERMS)).to.equal(true);
    expect(deliver()).to.deep.equal(TERMS);
    expect(line.isPaused).to.equal(true);
    giveBack();
    expect(line.isPaused).to.equal(false);
  });

  it("does not come with a first call, nor where the session says no", () => {
    expect(new LeaseGranter(ANY_TIME).arming(TERMS)).to.equal(false);
    expect(leaser.arming(null)).to.equal(false);
  });

  for (const [what, isQuiet, isFree] of [
    ["something is on its way", false, true],
    ["the child has given memory for its events", true, false],
  ] as const) {
    it(`is refused after all where ${what}`, () => {
      leaser.arming(TERMS);
      line.isQuiet = isQuiet;
      expect(deliver(isFree)).to.equal(null);
      expect(line.isPaused).to.equal(false);
    });
  }

  it("leaves the line to the session where the tracer has not waited for it", () => {
    leaser.arming(TERMS);
    leaser.delivered(line as unknown as ChildLine, true);
    expect(line.isPaused).to.equal(false);
  });

  it("takes longer to come again the more often it was of no use, and not once it was", () => {
    const unused: number[] = [];
    for (let i = 0; i < 4; i++) {
      unused.push(callsWithout());
      deliver();
      giveBack();
    }
    expect(unused).to.deep.equal([0, 1, 3, 7]);
    callsWithout();
    deliver();
    leaser.followed();
    giveBack();
    expect(callsWithout()).to.equal(0);
  });
});
