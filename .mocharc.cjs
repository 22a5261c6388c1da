const { existsSync, readdirSync } = require("node:fs");

/** Compiled tests whose source is gone: tsc leaves them where they are. */
function stale() {
  if (!existsSync(".test-build")) return [];
  return readdirSync(".test-build", { recursive: true })
    .filter((path) => path.endsWith(".test.js"))
    .filter((path) => !existsSync(`test/${path.replace(/\.js$/, ".ts")}`))
    .map((path) => `.test-build/${path}`);
}

// What to run stands in package.json: mocha adds a `spec` from here to the files that it is told.
module.exports = {
  require: [".test-build/support/hooks.js"],
  reporter: ".test-build/support/reporter.js",
  ignore: stale(),
  timeout: 60_000,
  slow: 2_000,
  "fail-hook-affected-tests": true,
  "forbid-only": Boolean(process.env.CI),
};
