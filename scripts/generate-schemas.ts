import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { editorSchemas } from '../packages/core/src/manifest/editor-schemas.ts';

/** Writes `schemas/<manifest>.schema.json`; with --check it writes nothing and fails if a file is out of date. */
const folder = new URL('../schemas/', import.meta.url);
const checkOnly = process.argv.includes('--check');

let outdated = 0;
await mkdir(folder, { recursive: true });
for (const [name, schema] of Object.entries(editorSchemas())) {
  const file = new URL(`${name}.schema.json`, folder);
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  const present = await readFile(file, 'utf8').catch(() => undefined);
  if (present === text) continue;
  outdated += 1;
  if (checkOnly) process.stderr.write(`schemas/${name}.schema.json is out of date: run npm run schemas\n`);
  else await writeFile(file, text);
}
process.stdout.write(outdated === 0 ? 'schemas are up to date\n' : `${outdated} schema(s) ${checkOnly ? 'out of date' : 'written'}\n`);
if (checkOnly && outdated > 0) process.exitCode = 1;
