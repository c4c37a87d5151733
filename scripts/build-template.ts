/*
 * Runs after `npm install`: builds the database that first starts of the embedded store copy, which saves them the seconds of making one.
 * Only a convenience, so whatever goes wrong, imports included, is said in one line and fails no installation.
 */
try {
  const { buildTemplate } = await import('../packages/store/src/embedded/template.ts');
  const { prepareSchema, schemaHash } = await import('../packages/store/src/migrations/embedded-schema.ts');
  await buildTemplate({ key: schemaHash(), prepare: prepareSchema });
} catch (thrown) {
  const [reason] = String(thrown).split('\n');
  process.stdout.write(`The template of the embedded database was not built (${reason}): its first start will take some seconds longer.\n`);
}
