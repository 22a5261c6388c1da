describe("a suite", () => {
  it("passes", () => {});
  it("is killed", () => {
    process.kill(process.pid, "SIGKILL");
  });
});
