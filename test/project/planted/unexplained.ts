it("is skipped without a reason", function () {
  this.skip();
});
