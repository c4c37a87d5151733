import { type Command, Option } from 'commander';

/** Where runs are, as typed. */
export interface StorageChoice {
  state?: string | undefined;
  journal?: 'database' | 'file' | undefined;
}

/** Adds the options of every command that reads or writes runs. */
export function addStorageOptions(command: Command): Command {
  return command
    .option(
      '--state <directory>',
      'where artifacts are kept, and runs unless a server keeps them; default: $ESPALIER_STATE, else .espalier',
    )
    .addOption(
      new Option(
        '--journal <kind>',
        'where runs are: in the database, of $DATABASE_URL or else embedded in the state directory, or in text files there; default: $ESPALIER_JOURNAL, else database',
      ).choices(['database', 'file']),
    );
}

/** These options again, for a command line that is shown. */
export function storageWords({ state, journal }: StorageChoice): string[] {
  return [...(state === undefined ? [] : ['--state', state]), ...(journal === undefined ? [] : ['--journal', journal])];
}
