it("has a warning", () => {
  process.emitWarning("as planned");
});
