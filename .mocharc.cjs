// No `spec`: mocha adds it to the files that it is told. `npm test` runs test/runner/main.ts.
module.exports = {
  require: [".test-build/support/hooks.js"],
  reporter: ".test-build/support/reporter.js",
  timeout: 180_000, // what hangs; not what takes long, on a slow machine, or on one that is busy
  slow: 2_000,
  "fail-hook-affected-tests": true,
  "forbid-only": Boolean(process.env.CI),
};
