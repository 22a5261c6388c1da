import { createSession } from "../../../dist/index.js";

it("leaves a session that runs", () => {
  createSession({ command: "sleep", args: ["3600"], startTimeout: 3_600_000 }).start();
});
