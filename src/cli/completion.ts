import { COMMAND_NAMES, COMMANDS, type CommandName, type OptionRow } from "./option-table.js";
import { SHELLS, type Shell } from "./options.js";

/** What completes a command's first operand; files, where that is not said. */
const FIRST: Partial<Record<CommandName | "help", readonly string[]>> = {
  completion: SHELLS,
  help: COMMAND_NAMES,
};

const TOP = [...COMMAND_NAMES, "help", "--help", "--version"];

const SCRIPTS: Readonly<Record<Shell, () => string>> = { bash, zsh, fish };

/** A script that has `shell` complete the command. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell]();
}

/** `inspect` takes those of what it inspects. */
function optionsOf(command: CommandName): readonly OptionRow[] {
  const names: CommandName[] = command === "inspect" ? ["inspect", "trace", "run"] : [command];
  const rows = names.flatMap((name) => COMMANDS[name].options);
  return [...new Map(rows.map((row) => [row.name, row])).values()];
}

/** The words that a value is one of; null where it is anything. */
function choicesOf({ value }: OptionRow): readonly string[] | null {
  return value?.includes("|") ? value.split("|").filter((word) => word !== "N") : null;
}

const isFile = ({ value }: OptionRow) => value === "FILE";

function bash(): string {
  const cases = COMMAND_NAMES.flatMap((command) => {
    const rows = optionsOf(command);
    const values = rows.flatMap((row) => {
      const choices = choicesOf(row);
      return choices ? [`    ${command}:${row.name}) words='${choices.join(" ")}' ;;`] : [];
    });
    const anything = rows.filter((row) => row.value !== null && !choicesOf(row));
    const plain = anything.map(({ name }) => `${command}:${name}`);
    const names = [...rows.map(({ name }) => name), "--help"].join(" ");
    return [
      ...values,
      ...(plain.length > 0 ? [`    ${plain.join("|")}) ;;`] : []),
      `    ${command}:*) [[ $cur == -* ]] && words='${names}' ;;`,
    ];
  });
  const first = Object.entries(FIRST).map(
    ([command, words]) => `    ${command}) (( COMP_CWORD == 2 )) && words='${words.join(" ")}' ;;`,
  );
  return `# ffiscope in bash: source <(ffiscope completion bash)
_ffiscope() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words= i
  COMPREPLY=()
  # '=' is a word of its own.
  [[ $cur == = ]] && cur= && prev=\${COMP_WORDS[COMP_CWORD-1]}
  [[ $prev == = ]] && prev=\${COMP_WORDS[COMP_CWORD-2]}
  for (( i = 2; i < COMP_CWORD; i++ )); do
    [[ \${COMP_WORDS[i]} == -- ]] && return
  done
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=( $(compgen -W '${TOP.join(" ")}' -- "$cur") )
    return
  fi
  case \${COMP_WORDS[1]}:$prev in
${cases.join("\n")}
  esac
  case \${COMP_WORDS[1]} in
${first.join("\n")}
  esac
  [[ $words ]] && COMPREPLY=( $(compgen -W "$words" -- "$cur") )
}
complete -o default -F _ffiscope ffiscope
`;
}

function zsh(): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const described = (text: string) => text.replaceAll(/[[\]:\\]/g, "\\$&");
  const option = (row: OptionRow) => {
    const choices = choicesOf(row);
    const action = choices ? `(${choices.join(" ")})` : isFile(row) ? "_files" : "";
    const value = row.value === null ? "" : `:${described(row.value)}:${action}`;
    return quote(`*${row.name}${value ? "=" : ""}[${described(row.help)}]${value}`);
  };
  const cases = COMMAND_NAMES.map((command) => {
    const operand = FIRST[command] ? `1:shell:(${FIRST[command].join(" ")})` : "*:argument:_files";
    const specs = [...optionsOf(command).map(option), quote("--help[explain]"), quote(operand)];
    return `    ${command}) _arguments \\\n      ${specs.join(" \\\n      ")} ;;`;
  });
  const commands = COMMAND_NAMES.map((name) => quote(`${name}:${COMMANDS[name].summary}`));
  return `#compdef ffiscope
# ffiscope in zsh: source <(ffiscope completion zsh)
_ffiscope() {
  local -a commands
  commands=(${commands.join(" ")} 'help:explain a command')
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join("\n")}
    help) _arguments '1:command:(${COMMAND_NAMES.join(" ")})' ;;
  esac
}
compdef _ffiscope ffiscope
`;
}

function fish(): string {
  const quote = (text: string) => `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
  const lines = COMMAND_NAMES.flatMap((command) => {
    const seen = `complete -c ffiscope -n '__fish_seen_subcommand_from ${command}'`;
    const own = FIRST[command] ? [`${seen} -x -a ${quote(FIRST[command].join(" "))}`] : [];
    return [
      `complete -c ffiscope -n __fish_use_subcommand -x -a ${command} -d ${quote(COMMANDS[command].summary)}`,
      ...own,
      ...optionsOf(command).map((row) => {
        const choices = choicesOf(row);
        const value = choices
          ? ` -x -a ${quote(choices.join(" "))}`
          : isFile(row)
            ? " -r -F"
            : " -x";
        const takes = row.value === null ? "" : value;
        return `${seen} -l ${row.name.slice(2)}${takes} -d ${quote(row.help)}`;
      }),
    ];
  });
  return `# ffiscope in fish
${lines.join("\n")}
complete -c ffiscope -n '__fish_seen_subcommand_from help' -x -a '${COMMAND_NAMES.join(" ")}'
`;
}
