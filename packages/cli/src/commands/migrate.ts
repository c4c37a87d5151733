import { EspalierError } from '@espalier/core';
import { migrateDatabase, type SchemaMove } from '@espalier/platform';
import { Argument, type Command } from 'commander';
import { addStorageOptions, type StorageChoice } from '../storage-options.ts';
import { type ReportExit, type Surroundings, stateDirectory } from '../surroundings.ts';

interface MigrateChoice extends StorageChoice {
  discardData?: true;
  json?: true;
}

/** `espalier migrate`: brings the schema of the database up or down, or says where it stands. */
export function addMigrateCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  addStorageOptions(program.command('migrate'))
    .summary('Migrate the database.')
    .description(
      'Bring the schema of the database to this version, take back its last migration, or say where it stands. The embedded database is brought up by itself.',
    )
    .addArgument(new Argument('<move>', 'what to do').choices(['up', 'down', 'status']))
    .option('--discard-data', 'for down: also discard the data that the migration made room for')
    .option('--json', 'print one JSON object')
    .action(async (move: SchemaMove, choice: MigrateChoice) => exit(await migrate(move, choice, surroundings)));
}

async function migrate(move: SchemaMove, choice: MigrateChoice, surroundings: Surroundings): Promise<number> {
  const { stdout, environment } = surroundings;
  if ((choice.journal ?? environment.journal) === 'file')
    throw new EspalierError('usage.invalid', 'Runs in files have no schema to migrate.');
  if (move === 'down' && !choice.discardData) {
    throw new EspalierError('usage.invalid', 'Taking a migration back discards what its tables hold: say so with --discard-data.');
  }
  const options = { stateDirectory: stateDirectory(surroundings, choice.state), databaseUrl: environment.databaseUrl };
  const { done, status } = await migrateDatabase(options, move);
  if (choice.json) stdout.write(`${JSON.stringify({ done, ...status })}\n`);
  else {
    for (const name of done) stdout.write(`${move === 'up' ? 'carried out' : 'taken back'}  ${name}\n`);
    if (move !== 'status') stdout.write(done.length === 0 ? 'There was nothing to do.\n' : '');
    else for (const [state, names] of Object.entries(status)) for (const name of names) stdout.write(`${state.padEnd(8)}  ${name}\n`);
  }
  return 0;
}
