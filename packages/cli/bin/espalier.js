#!/usr/bin/env node
// Plain JavaScript that Node 12 can parse: it must be able to say that it needs a newer Node.
const required = 24;
const major = Number(process.versions.node.split('.')[0]);

if (major < required) {
  process.stderr.write(
    [
      `Espalier needs Node ${required} or newer; this is Node ${process.versions.node}.`,
      '',
      'Inside the repository, npm brings the right one:   npm run espalier -- <command>',
      '                               or, in a shell:      npx node packages/cli/bin/espalier.js <command>',
      `Elsewhere, install Node ${required}:                        https://nodejs.org/en/download`,
      '',
    ].join('\n'),
  );
  process.exitCode = 2;
} else {
  // Modules are compiled once and kept beside this package, where only who may change the package may write: two thirds of the start.
  import('node:module')
    .then((module) => module.enableCompileCache(new URL('../.compile-cache', import.meta.url).pathname))
    .then(() => import('../src/main.ts'))
    .then(
      (espalier) => espalier.main(process.argv.slice(2)),
      (error) => {
        process.stderr.write(`Espalier could not be loaded: ${error.message}\nIf packages are missing, run npm install.\n`);
        process.exitCode = 70;
      },
    );
}
