describe("planted", () => {
  before(() => {
    throw new Error("as planned");
  });
  it("never runs", () => {});
});
