/* Run by tests as a second process: opens an embedded database, says what came of it and how long it took, and holds it until its input ends. */
import { EspalierError } from '@espalier/core';
import { openEmbedded } from './open-embedded.ts';

const [directory = '', template] = process.argv.slice(2);
try {
  const { pglite, isNew, close } = await openEmbedded({
    directory,
    template,
    prepare: async (fresh) => void (await fresh.exec('create table note (id bigint primary key); insert into note values (1)')),
  });
  const { rows } = await pglite.query('select id from note order by id');
  process.stdout.write(`${JSON.stringify({ isNew, rows, milliseconds: Math.round(performance.now()) })}\n`);
  process.stdin.on('end', close).resume();
} catch (thrown) {
  const fault = thrown instanceof EspalierError ? thrown.toFault() : { message: String(thrown) };
  process.stdout.write(`${JSON.stringify(fault)}\n`);
}
