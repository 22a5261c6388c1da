import { COMMAND_NAMES, COMMANDS } from "../../dist/cli/option-table.js";
import { helpText } from "../../dist/cli/usage.js";

/** man(7): a line must not begin with a control character, and a `-` is a minus only when escaped. */
function roff(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-");
  return escaped.replaceAll(/^(?=[.'])/gm, "\\&");
}

/** man/ffiscope.1, from the table of options and the texts of `--help`. */
export function manPage(): string {
  const commands = COMMAND_NAMES.map(
    (name) => `.TP\n.B ffiscope ${name}\n${roff(COMMANDS[name].summary)}\n`,
  );
  const options = COMMAND_NAMES.filter((name) => COMMANDS[name].options.length > 0).map((name) => {
    const rows = COMMANDS[name].options.map(({ name: option, value, help }) => {
      const head =
        value === null
          ? `\\fB${roff(option)}\\fR`
          : `\\fB${roff(option)}\\fR \\fI${roff(value)}\\fR`;
      return `.TP\n${head}\n${roff(help)}\n`;
    });
    return `.SS ${name}\n${rows.join("")}`;
  });
  const [general = "", exits = ""] = helpText("trace").split("\nOptions, before or after");
  const rest = exits.slice(exits.search(/^(?=Examples:)/m));
  return `.\\" Written by npm run docs.
.TH FFISCOPE 1 "" "ffiscope" "User Commands"
.SH NAME
ffiscope \\- run native functions supervised, and report their memory accesses
.SH SYNOPSIS
.B ffiscope trace
[OPTION...] LIBRARY PROTOTYPE [ARG...]
.br
.B ffiscope run
[OPTION...] \\-\\- PROGRAM [ARG...]
.br
.B ffiscope
inspect | doctor | completion | help [...]
.SH COMMANDS
${commands.join("")}.SH ARGUMENTS OF TRACE
.nf
${roff(general.slice(general.indexOf("LIBRARY    ")).trimEnd())}
.fi
.SH OPTIONS
${options.join("")}.SH EXAMPLES AND EXIT CODES OF TRACE
.nf
${roff(rest.trimEnd())}
.fi
.SH SEE ALSO
.BR dlopen (3),
.BR ptrace (2),
.BR valgrind (1)
`;
}
