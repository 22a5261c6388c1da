import { COMMANDS, type CommandName, optionLines } from "./option-table.js";

const GENERAL = `ffiscope runs native functions in a supervised process and reports every memory
access they make to the heap they were given.

Usage:
  ffiscope trace [OPTION...] LIBRARY PROTOTYPE [ARG...]
      run one function of a shared library and report
  ffiscope run [OPTION...] -- PROGRAM [ARG...]
      supervise a program that speaks the protocol
  ffiscope inspect trace ..., ffiscope inspect [run] [OPTION...] -- PROGRAM [ARG...]
      the same, with a page that shows it as it goes
  ffiscope doctor
      say what this machine can and cannot do
  ffiscope completion bash|zsh|fish
      print a completion script for the shell
  ffiscope help [COMMAND], ffiscope COMMAND --help
  ffiscope --version

Example:
  ffiscope trace libz.so.1 'ulong crc32(ulong crc, const uint8_t *buf, uint len)' 0 hello 5

Exit codes of trace and doctor:
  0  all well
  1  the call had findings, crashed, exited or timed out
  2  the command line was wrong: one line on standard error says how to put it right
  3  this machine cannot trace: the reason and the remedy are on standard error
run exits with its program's code: see ffiscope run --help.
`;

const TRACE = `Usage: ffiscope trace [OPTION...] LIBRARY PROTOTYPE [ARG...]

Runs one function and reports every access it made to its buffers.

LIBRARY    a path, or a soname such as libz.so.1
PROTOTYPE  the function as C declares it. Parameter names and const are read from it;
           a parameter without a name is argN, counted from 0. Its name alone where
           --declare or --header has it.
ARG        one for each parameter:
  5  -5  0xff  2.5  1e9  inf  "'a'"   a number; true and false for a bool
  null                                the null pointer
  hello  '"5\\n"'                      text, bare or quoted as JSON. For a char * its NUL is
                                      added, and counts, and so for a wchar_t *; for
                                      uint8_t * and void * it is the bytes alone, in UTF-8
  [1,2,3]                             an array of what the pointer points to; bytes for
                                      void * and struct foo *
  {"x":1,"y":2.5}                     a struct, a union or a complex number, or what a
                                      pointer to one points to; an enum takes a name
  @FILE                               the file's bytes, and nothing else; - is standard
                                      input, also of the options that take a file to read
  cstr@FILE                           the file's bytes and a NUL: a C string
  out:N                               N uninitialised elements; bytes for void *
  cmp:i32  cmp:u8  cmp:f64  cmp:str   for a function pointer: a built-in comparator
  js:FILE#NAME         for a function pointer: an export of a JavaScript module
  A bare number is never a pointer: write [5] for an int *, '"5"' for a char *.
  After the ... of a variadic function the letters of a printf or scanf format say what is
  taken. Without one a whole number is an int (a long where it needs one), a number with a
  point or an exponent a double, and the rest is text; null, @FILE, cstr@FILE and out:N
  (bytes) as above.

Options, before or after the arguments; -- ends them, -5 and -0.25 are arguments:
${optionLines(COMMANDS.trace.options)}
Examples:
  ffiscope trace libz.so.1 'ulong crc32(ulong crc, const uint8_t *buf, uint len)' 0 hello 5
  ffiscope trace libc.so.6 'char *strcpy(char *dest, const char *src)' out:6 hello
  ffiscope trace libc.so.6 'void qsort(int *base, size_t n, size_t size,
      int (*cmp)(const void *, const void *))' '[3,1,2]' 3 4 cmp:i32
  ffiscope trace --json --timeout 1000 ./libfoo.so 'int parse(const char *s)' cstr@input.txt

Ctrl-C, SIGTERM and SIGHUP end the call and keep its report until then; a second one ends at
once. COLUMNS, or else the terminal, says how wide the report is.

Exit codes:
  0  the call returned, with no findings
  1  it had findings, crashed, exited or timed out
  2  the command line was wrong: one line on standard error says how to put it right
  3  this machine cannot trace: the reason and the remedy are on standard error
`;

const RUN = `Usage: ffiscope run [OPTION...] -- PROGRAM [ARG...]

Supervises a program that speaks the protocol. Its standard input and output are left
alone. The options end at -- or at PROGRAM.

Options:
${optionLines(COMMANDS.run.options)}
Example:
  ffiscope run --events calls.ndjson -- ./interpreter script.txt

Exit codes:
  The code the program asked for (OverrideRetcode), or else its own exit code, or else 1
  (a signal killed it). 1 also where it broke the protocol: one line on standard error
  says how. 2 where the command line was wrong or the program cannot be started.
`;

const INSPECT = `Usage: ffiscope inspect trace [OPTION...] LIBRARY PROTOTYPE [ARG...]
       ffiscope inspect [run] [OPTION...] -- PROGRAM [ARG...]

Does what ffiscope trace or ffiscope run does, and serves a page that shows it: the state
chart with the current state, who sent which event to whom, the context, and the last calls
with their byte maps. The page pauses and steps back through what was. It is the same as
--inspect with those commands, and takes their options.

The page's URL is said on standard error. It is served on 127.0.0.1 alone, to whoever has
the token in the URL, and loads nothing from elsewhere. No browser is opened.

Options, beside those of trace or run:
${optionLines(COMMANDS.inspect.options)}
Examples:
  ffiscope inspect trace libc.so.6 'char *strcpy(char *dest, const char *src)' out:6 hello
  ffiscope inspect -- node traced.mjs

Exit codes are those of trace and run.
`;

const DOCTOR = `Usage: ffiscope doctor

Says what this machine can and cannot do, and why.

Exit codes:
  0  tracing works here
  2  the command line was wrong
  3  it does not: the reason and the remedy are in what it says
`;

const COMPLETION = `Usage: ffiscope completion bash|zsh|fish

Prints a script that has the shell complete ffiscope's commands, options and their values.

Examples:
  source <(ffiscope completion bash)        in ~/.bashrc
  source <(ffiscope completion zsh)         in ~/.zshrc, behind compinit
  ffiscope completion fish > ~/.config/fish/completions/ffiscope.fish
`;

const TEXTS: Readonly<Record<CommandName, string>> = {
  trace: TRACE,
  run: RUN,
  inspect: INSPECT,
  doctor: DOCTOR,
  completion: COMPLETION,
};

/** What `--help` prints; `topic` null is the general text. Ends in a newline. */
export function helpText(topic: CommandName | null): string {
  return topic === null ? GENERAL : TEXTS[topic];
}
