/* `npm run bench [-- engine|durable|start|gateway] [options]`: one benchmark; the engine's if none is named. */
const benches = ['engine', 'durable', 'start', 'gateway'];
const [name = '', ...options] = process.argv.slice(2);
const isNamed = benches.includes(name);
if (isNamed) process.argv.splice(2, process.argv.length, ...options);
await import(`./${isNamed ? name : 'engine'}/run.ts`);
