it("leaves a timer", () => {
  setInterval(() => {}, 1_000);
});
