import manifest from '../package.json' with { type: 'json' };

/** The version of Espalier, as recorded with every run (ENG-V). */
export const engineVersion: string = manifest.version;
