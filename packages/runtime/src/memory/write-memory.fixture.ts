/* A process that writes entries one after another until it is killed: root, name, how many. Says each one that is on the disk. */
import { FileMemory } from './file-memory.ts';
import { newMemory } from './sample-memory.ts';

const [, , root = '', name = '', count = '0'] = process.argv;
const memory = new FileMemory(root, Date.now);
for (let index = 0; index < Number(count); index += 1) {
  await memory.write({ store: 'global', project: '' }, newMemory(`${name}${index}`), { maxItems: 1000 });
  process.stdout.write(`${name}${index}\n`);
}
