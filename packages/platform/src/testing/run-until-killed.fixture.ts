/* Run by a test as a second process, to be killed: begins a run, says its id, and drives it. Arguments: options, directory, input; JSON. */
import { openPlatform } from '../index.ts';

const [options = '{}', directory = '', input = 'null'] = process.argv.slice(2);
const platform = await openPlatform(JSON.parse(options));
const handle = await (await platform.open(directory)).run({ input: JSON.parse(input) });
process.stdout.write(`${handle.run}\n`);
await handle.ended;
