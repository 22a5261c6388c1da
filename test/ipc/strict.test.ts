import { expect } from "chai";
import { Packr } from "msgpackr";
import {
  decodeChildMessage,
  decodeSupervisorMessage,
  type ProtocolErrorCode,
} from "../../dist/ipc/index.js";
import { bytes, golden, msgpackr } from "./payloads.js";
import { refused } from "./refused.js";

type Case = readonly [what: string, code: ProtocolErrorCode, payload: string];

const fromChild: readonly Case[] = [
  ["an empty payload", "FRAME_EMPTY", ""],

  ["a variant of no such name", "UNKNOWN_VARIANT", '81 "StopFfi" 92 90 00'],
  ["a name in another case", "UNKNOWN_VARIANT", '81 "startffi" 92 90 00'],
  ["a name cut short", "UNKNOWN_VARIANT", '81 "StartFf" 92 90 00'],
  ["an empty name", "UNKNOWN_VARIANT", '81 "" 92 90 00'],
  ["a message of the other direction", "UNKNOWN_VARIANT", '81 "Exit" 90'],
  ["an unknown variant inside a message", "UNKNOWN_VARIANT", '81 "Returned" 92 01 81 "Char" 01'],

  ["a name that is an integer", "WRONG_TYPE", "81 00 92 90 00"],
  ["a message that is nil", "WRONG_TYPE", "c0"],
  ["a message that is an array", "WRONG_TYPE", "90"],
  ["a message that is a name alone", "WRONG_TYPE", '"StartFfi"'],
  ["a map where the fields belong", "WRONG_TYPE", '81 "StartFfi" 82 00 90 00 00'],
  ["an integer where the fields belong", "WRONG_TYPE", '81 "StartFfi" 00'],
  ["an integer where page_ptrs belong", "WRONG_TYPE", '81 "StartFfi" 92 00 00'],
  ["nil where page_ptrs belong", "WRONG_TYPE", '81 "StartFfi" 92 c0 00'],
  ["text where page_ptrs belong", "WRONG_TYPE", '81 "StartFfi" 92 "" 00'],
  ["a map where page_ptrs belong", "WRONG_TYPE", '81 "StartFfi" 92 80 00'],
  ["a float where a page belongs", "WRONG_TYPE", '81 "StartFfi" 92 91 cb42df1cfae2500000 00'],
  [
    "a whole float where a retcode belongs",
    "WRONG_TYPE",
    '81 "OverrideRetcode" cb4014000000000000',
  ],
  ["a float32 where a retcode belongs", "WRONG_TYPE", '81 "OverrideRetcode" ca40a00000'],
  ["true where a retcode belongs", "WRONG_TYPE", '81 "OverrideRetcode" c3'],
  ["nil where a retcode belongs", "WRONG_TYPE", '81 "OverrideRetcode" c0'],
  ["text where a retcode belongs", "WRONG_TYPE", '81 "OverrideRetcode" "5"'],
  ["nil where stack_ptr belongs", "WRONG_TYPE", '81 "StartFfi" 92 90 c0'],
  ["false where stack_ptr belongs", "WRONG_TYPE", '81 "StartFfi" 92 90 c2'],
  ["text that is not UTF-8", "WRONG_TYPE", '81 "Refused" 93 01 a1ff "m"'],
  ["nil where an errno belongs", "WRONG_TYPE", '81 "Returned" 93 01 81 "Void" 90 c0'],
  ["an errno of 2^31", "INTEGER_OUT_OF_RANGE", '81 "Returned" 93 01 81 "Void" 90 ce80000000'],
  ["a field behind the errno", "WRONG_LENGTH", '81 "Returned" 94 01 81 "Void" 90 00 00'],
  ["an integer where a float belongs", "WRONG_TYPE", '81 "Returned" 92 01 81 "Float" 05'],

  ["a page of -1", "INTEGER_OUT_OF_RANGE", '81 "StartFfi" 92 91 ff 00'],
  [
    "a stack_ptr of -1 as an int64",
    "INTEGER_OUT_OF_RANGE",
    '81 "StartFfi" 92 90 d3ffffffffffffffff',
  ],
  ["a stack_ptr of -2^63", "INTEGER_OUT_OF_RANGE", '81 "StartFfi" 92 90 d38000000000000000'],
  ["a stack_ptr of -128 as an int8", "INTEGER_OUT_OF_RANGE", '81 "StartFfi" 92 90 d080'],
  ["a retcode of 2^31", "INTEGER_OUT_OF_RANGE", '81 "OverrideRetcode" ce80000000'],
  [
    "a retcode of 2^31 as an int64",
    "INTEGER_OUT_OF_RANGE",
    '81 "OverrideRetcode" d30000000080000000',
  ],
  ["a retcode of -2^31 - 1", "INTEGER_OUT_OF_RANGE", '81 "OverrideRetcode" d3ffffffff7fffffff'],
  ["a retcode of 2^64 - 1", "INTEGER_OUT_OF_RANGE", '81 "OverrideRetcode" cfffffffffffffffff'],
  ["a retcode of -2^63", "INTEGER_OUT_OF_RANGE", '81 "OverrideRetcode" d38000000000000000'],

  ["a map of no entry", "WRONG_LENGTH", "80"],
  ["a map of two entries", "WRONG_LENGTH", '82 "OverrideRetcode" 05 "OverrideRetcode" 06'],
  ["a map32 of very many entries", "WRONG_LENGTH", "dfffffffff"],
  ["StartFfi with no field", "WRONG_LENGTH", '81 "StartFfi" 90'],
  ["StartFfi with one field", "WRONG_LENGTH", '81 "StartFfi" 91 90'],
  ["StartFfi with three fields", "WRONG_LENGTH", '81 "StartFfi" 93 90 00 00'],
  ["more page_ptrs than any heap has", "WRONG_LENGTH", '81 "StartFfi" 92 ddffffffff 00'],
  ["more features than there can be", "WRONG_LENGTH", '81 "Hello" 92 01 ddffffffff a0'],

  ["a byte after the message", "TRAILING_BYTES", '81 "OverrideRetcode" 05 00'],
  [
    "a second message in the frame",
    "TRAILING_BYTES",
    '81 "OverrideRetcode" 05 81 "OverrideRetcode" 05',
  ],

  ["a map header alone", "TRUNCATED", "81"],
  ["page_ptrs of which none is there", "TRUNCATED", '81 "StartFfi" 92 dd01ffffff'],
  ["a name longer than the payload", "TRUNCATED", "81 dbffffffff 53"],

  ["an array where a page belongs", "NESTED_TOO_DEEP", '81 "StartFfi" 92 91 91 00 00'],
  ["an array where a retcode belongs", "NESTED_TOO_DEEP", '81 "OverrideRetcode" 91 05'],
  ["a map where stack_ptr belongs", "NESTED_TOO_DEEP", '81 "StartFfi" 92 90 80'],
  ["an array where a name belongs", "NESTED_TOO_DEEP", "81 91 00 00"],

  ["binary data for a name", "UNSUPPORTED_FORMAT", "81 c408 5374617274466669 92 90 00"],
  ["binary data for page_ptrs", "UNSUPPORTED_FORMAT", '81 "StartFfi" 92 c40400000000 00'],
  ["an extension type for a retcode", "UNSUPPORTED_FORMAT", '81 "OverrideRetcode" d40105'],
  ["a timestamp for a retcode", "UNSUPPORTED_FORMAT", '81 "OverrideRetcode" d6ff00000005'],
  ["an ext8 as the message", "UNSUPPORTED_FORMAT", "c7010105"],
  ["the byte that is never used", "UNSUPPORTED_FORMAT", "c1"],
];

const fromSupervisor: readonly Case[] = [
  ["an empty payload", "FRAME_EMPTY", ""],
  [
    "more events than event memory holds",
    "INTEGER_OUT_OF_RANGE",
    '81 "SharedEvents" cf0000002000000001',
  ],
  ["an array of two fields", "WRONG_LENGTH", "92 90 90"],
  ["an array32 of very many fields", "WRONG_LENGTH", "ddffffffff"],
  ["nil", "WRONG_TYPE", "c0"],
  ["an integer", "WRONG_TYPE", "05"],
  ["an integer where events belong", "WRONG_TYPE", "91 00"],
  ["an event of an unknown kind", "UNKNOWN_VARIANT", '91 91 81 "Exec" 92 00 01'],
  ["an event that is an array", "WRONG_TYPE", "91 91 92 00 01"],
  ["a read with a certainty", "WRONG_LENGTH", '91 91 81 "Read" 93 00 01 c3'],
  ["a write without a certainty", "WRONG_LENGTH", '91 91 81 "Write" 91 92 00 01'],
  ["a write without a range", "WRONG_TYPE", '91 91 81 "Write" 92 00 01'],
  ["a certainty of 1", "WRONG_TYPE", '91 91 81 "Write" 92 92 00 01 01'],
  ["a float where an address belongs", "WRONG_TYPE", '91 91 81 "Read" 92 cb42df1cfae2500000 01'],
  ["a size of -1", "INTEGER_OUT_OF_RANGE", '91 91 81 "Read" 92 00 ff'],
  ["fewer events than announced", "TRUNCATED", '91 92 81 "Read" 92 00 01'],
  ["a byte after a Confirmation", "TRAILING_BYTES", "90 90"],
  ["an extension of no such name", "UNKNOWN_VARIANT", '81 "StartFfi" 92 90 00'],
  ["a type of no such name", "UNKNOWN_VARIANT", '81 "Call" 98 01 "l" c3 "s" "i128" 90 ff c2'],
  [
    "an argument of no such type",
    "UNKNOWN_VARIANT",
    '81 "Call" 98 01 "l" c3 "s" "i8" 91 81 "void" 00 ff c2',
  ],
  [
    "an argument outside its type",
    "INTEGER_OUT_OF_RANGE",
    '81 "Call" 98 01 "l" c3 "s" "i8" 91 81 "i8" cc80 ff c2',
  ],
  [
    "an i64 argument of 2^63",
    "INTEGER_OUT_OF_RANGE",
    '81 "Call" 98 01 "l" c3 "s" "i8" 91 81 "i64" cf8000000000000000 ff c2',
  ],
];

describe("a child's payload is refused when it is", () => {
  for (const [what, code, payload] of fromChild) {
    it(`${what}: ${code}`, () => {
      refused(code, () => decodeChildMessage(bytes(payload)));
    });
  }
});

describe("a supervisor's payload is refused when it is", () => {
  for (const [what, code, payload] of fromSupervisor) {
    it(`${what}: ${code}`, () => {
      refused(code, () => decodeSupervisorMessage(bytes(payload)));
    });
  }
});

describe("a refusal", () => {
  it("says where, what came and what belongs there", () => {
    const error = refused("WRONG_TYPE", () =>
      decodeChildMessage(msgpackr.pack({ StartFfi: [[2 ** 40], 0] })),
    );
    expect(error.shortMessage).to.equal("page_ptrs is a float where an integer (u64) belongs");
    expect(error.remedy).to.match(/BigInt/);
  });

  it("gives the range that an integer is outside of", () => {
    const error = refused("INTEGER_OUT_OF_RANGE", () =>
      decodeChildMessage(msgpackr.pack({ OverrideRetcode: 2 ** 31 })),
    );
    expect(error.shortMessage).to.equal(
      "OverrideRetcode is 2147483648 where an integer (i32) from -2147483648 to 2147483647 belongs",
    );
  });

  it("stays one short line whatever the name that it quotes", () => {
    const name = `\n\u001b[31m"\u0085\u2028${"x".repeat(100_000)}`;
    const error = refused("UNKNOWN_VARIANT", () =>
      decodeChildMessage(msgpackr.pack({ [name]: 0 })),
    );
    expect(error.message.length).to.be.below(300);
  });

  it("comes for every cut of every vector", () => {
    for (const [name, payload] of golden) {
      const decode = /^(Start|Override)/.test(name) ? decodeChildMessage : decodeSupervisorMessage;
      for (let length = 1; length < payload.length; length++) {
        refused("TRUNCATED", () => decode(payload.subarray(0, length)));
      }
    }
  });

  it("comes for msgpackr's records", () => {
    const packr = new Packr();
    refused("UNSUPPORTED_FORMAT", () => decodeChildMessage(packr.pack({ OverrideRetcode: 5 })));
  });

  it("comes for msgpackr's typed arrays", () => {
    const pagePtrs = new Uint32Array([0x1000]);
    refused("UNSUPPORTED_FORMAT", () =>
      decodeChildMessage(msgpackr.pack({ StartFfi: [pagePtrs, 0] })),
    );
  });

  it("comes at once and without recursion for nesting a million deep", () => {
    const nested = Buffer.alloc(1_000_000, 0x91);
    const name = bytes('81 "OverrideRetcode"');
    refused("NESTED_TOO_DEEP", () => decodeChildMessage(Buffer.concat([name, nested])));
    refused("WRONG_TYPE", () => decodeChildMessage(nested));
    refused("WRONG_TYPE", () => decodeSupervisorMessage(nested));
  });
});
