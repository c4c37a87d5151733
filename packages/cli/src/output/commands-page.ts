import { type ErrorCode, errorCatalogue } from '@espalier/core';
import type { Argument, Command, Option } from 'commander';

/** The reference of the command line as Markdown, made from the program itself. */
export function commandsPage(program: Command): string {
  const commands = program.commands.filter((command) => command.name() !== 'help').flatMap((command) => [command, ...command.commands]);
  return [
    '# Command line\n',
    '<!-- Written by scripts/generate-cli-docs.ts from the program itself; do not edit. -->\n',
    `${program.description()}\n`,
    'Inside the repository, `npm run espalier -- <command>` runs it with the right Node.\n',
    'Results go to standard output, progress and errors to standard error. With `--json` standard output carries exactly one JSON',
    'object, an error being `{ "error": { "code", "message", "hint", "details" } }`.\n',
    table(
      ['Command', 'What it does'],
      commands.map((command) => [`[\`${nameOf(command)}\`](#espalier-${nameOf(command).replaceAll(' ', '-')})`, command.summary()]),
    ),
    ...commands.map(section),
    '## Exit codes\n',
    'Of the catalogue of errors; a run that succeeds, even in part, exits with 0, one that fails, is blocked or is cancelled with 1.\n',
    table(['Code', 'Meaning', 'Errors'], exitCodes()),
    '## Environment\n',
    table(['Variable', 'Meaning'], environment),
  ].join('\n');
}

const environment = [
  [
    '`DATABASE_URL`',
    'The PostgreSQL server, 15 or newer, that keeps runs. Without it the database is embedded in the state directory, for one process.',
  ],
  ['`ESPALIER_STATE`', 'Where runs are kept that no server keeps, and artifacts, unless `--state` says otherwise.'],
  ['`ESPALIER_JOURNAL`', '`database` or `file`: where runs are, unless `--journal` says otherwise.'],
  ['`ESPALIER_DEBUG`', '`1`: errors show their stack.'],
  ['`REDIS_URL`', 'The Redis in which rate limits of several processes are counted, in the place of the one in espalier.config.'],
  ['`HOME`', 'What `~/` stands for in the path of a credential. Other variables are read if a credential names them.'],
  ['`NO_COLOR`', 'Any value: no colours.'],
  ['`FORCE_COLOR`', 'Any value but `0`: colours even where the output is no terminal.'],
  [
    '`LC_ALL`, `LC_CTYPE`, `LANG`',
    'The first that is set says which characters the terminal has; plots are plain ASCII unless it names UTF-8.',
  ],
  ['`TERM`', '`dumb`: no line is drawn again, and plots are plain ASCII.'],
];

const meanings: Readonly<Record<number, string>> = {
  0: 'Done.',
  1: 'The work failed.',
  2: 'The input, the usage or the workflow is wrong.',
  3: 'Not found.',
  4: 'Conflict: what is there does not fit what was asked.',
  5: 'A verification diverged.',
  70: 'A defect of Espalier, or storage that failed.',
};

function section(command: Command): string {
  const usage = `espalier ${nameOf(command)} ${command.usage()}`;
  const parts = [`## espalier ${nameOf(command)}\n`, `\`${usage}\`\n`, `${command.description()}\n`];
  const parameters = [...command.registeredArguments.map(argumentRow), ...command.options.map(optionRow)];
  return [...parts, table(['Parameter', 'Meaning'], parameters)].join('\n');
}

/** With the name of the command that it belongs to, if it belongs to one: `eval compare`. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${parent.name()} ${command.name()}` : command.name();
}

function argumentRow(argument: Argument): string[] {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return [argument.required ? `\`<${name}>\`` : `\`[${name}]\``, cell(argument.description)];
}

function optionRow(option: Option): string[] {
  const choices = option.argChoices ? `; one of ${option.argChoices.join(', ')}` : '';
  const standard = option.defaultValue === undefined ? '' : `; default: ${String(option.defaultValue)}`;
  return [`\`${option.flags}\``, cell(option.description + choices + standard)];
}

function exitCodes(): string[][] {
  const codes = Object.keys(errorCatalogue) as ErrorCode[];
  return Object.entries(meanings).map(([exit, meaning]) => {
    const errors = codes.filter((code) => errorCatalogue[code].exit === Number(exit));
    return [exit, meaning, errors.map((code) => `\`${code}\``).join(', ')];
  });
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return `${[line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}
