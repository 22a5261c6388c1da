import { skip, skipHere } from "../../support/skip.js";

describe("planted", () => {
  it("passes", () => {});

  it("fails", () => {
    throw new Error("as planned");
  });

  it("lacks a tool", function () {
    skip(this, "no such tool");
  });

  describe("a suite that this processor cannot run", () => {
    before(function () {
      skipHere(this, "no such instruction");
    });
    it("one", () => {});
    it("two", () => {});
  });
});
