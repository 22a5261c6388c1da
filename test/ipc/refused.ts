import { expect } from "chai";
import { ProtocolError, type ProtocolErrorCode } from "../../dist/ipc/index.js";

/** What `act` was refused with: one line of a ProtocolError with `code`. */
export function refused(code: ProtocolErrorCode, act: () => unknown): ProtocolError {
  try {
    act();
  } catch (error) {
    expect(error).to.be.instanceOf(ProtocolError);
    const refusal = error as ProtocolError;
    expect(refusal.code, refusal.message).to.equal(code);
    expect(refusal.message).not.to.match(/[\p{Cc}\u2028\u2029]/u);
    return refusal;
  }
  throw new Error(`not refused, though ${code} was expected`);
}
