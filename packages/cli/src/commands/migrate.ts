import { EspalierError } from '@espalier/core';
import { type MigrationReport, migrateDatabase, type SchemaMove } from '@espalier/platform';
import { Argument, type Command } from 'commander';
import { type ReportExit, type Surroundings, stateDirectory } from '../surroundings.ts';

interface MigrateChoice {
  state?: string;
  discardData?: true;
  json?: true;
}

/** `espalier migrate`: brings the schema of the database up or down, or says where it stands. */
export function addMigrateCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  program
    .command('migrate')
    .summary('Migrate the database.')
    .description(
      'Bring the schema of the database to this version, take back its last migration, or say where it stands. The embedded database is brought up by itself.',
    )
    .addArgument(new Argument('<move>', 'what to do').choices(['up', 'down', 'status']))
    .option('--discard-data', 'for down: also discard the data that the migration made room for')
    .option('--json', 'print one JSON object')
    .option('--state <directory>', 'where the embedded database is, without $DATABASE_URL; default: $ESPALIER_STATE, else .espalier')
    .action(async (move: SchemaMove, choice: MigrateChoice) => exit(await migrate(move, choice, surroundings)));
}

async function migrate(move: SchemaMove, choice: MigrateChoice, surroundings: Surroundings): Promise<number> {
  const { stdout, environment } = surroundings;
  if (environment.journal === 'file')
    throw new EspalierError('usage.invalid', 'ESPALIER_JOURNAL says that runs are kept in files, which have no schema to migrate.');
  if (move === 'down' && !choice.discardData) {
    throw new EspalierError('usage.invalid', 'Taking a migration back discards what its tables hold: say so with --discard-data.');
  }
  const options = { stateDirectory: stateDirectory(surroundings, choice.state), databaseUrl: environment.databaseUrl };
  const { done, status } = await migrateDatabase(options, move);
  stdout.write(choice.json ? `${JSON.stringify({ done, ...status })}\n` : migrationText(move, { done, status }));
  return 0;
}

function migrationText(move: SchemaMove, { done, status }: MigrationReport): string {
  const line = (state: string, name: string) => `${state.padEnd(9)}  ${name}\n`;
  if (move === 'status') {
    const applied = status.applied.map((name) => line(status.unknown.includes(name) ? 'newer' : 'applied', name));
    return [...applied, ...status.pending.map((name) => line('pending', name))].join('');
  }
  if (done.length === 0) return 'There was nothing to do.\n';
  return done.map((name) => line(move === 'up' ? 'applied' : 'removed', name)).join('');
}
