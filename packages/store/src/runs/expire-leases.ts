import type { Database, Statement } from '../database/database.ts';

const statement: Statement = {
  name: 'espalier_expire_leases',
  text: "update espalier.runs set lease_until = now() - interval '1 millisecond' where owner is not null",
};

/** Lets the runs of all other processes be taken at once: for where it is certain that these are gone. */
export async function expireLeases(database: Database): Promise<void> {
  await database.perform(statement, []);
}
