/** What the environment variables say. The only place where the command line reads them. */
export interface Environment {
  /** ESPALIER_STATE: where journals, artifacts and workflows are kept. */
  stateDirectory: string | undefined;
  /** ESPALIER_DEBUG=1: show the stack of an error. */
  debug: boolean;
  /** NO_COLOR wins over FORCE_COLOR; `auto` means on a terminal. */
  colour: 'never' | 'always' | 'auto';
  /** TERM=dumb: lines cannot be drawn again. */
  dumbTerminal: boolean;
  /** What to type before a command: `espalier`, or the npm script or npx that this process was started through. */
  invocation: string;
}

export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  return {
    stateDirectory: variables.ESPALIER_STATE || undefined,
    debug: variables.ESPALIER_DEBUG === '1',
    colour: colourOf(variables),
    dumbTerminal: variables.TERM === 'dumb',
    invocation: invocationOf(variables.npm_lifecycle_event),
  };
}

function colourOf({ NO_COLOR, FORCE_COLOR }: NodeJS.ProcessEnv): Environment['colour'] {
  if (NO_COLOR) return 'never';
  return FORCE_COLOR && FORCE_COLOR !== '0' ? 'always' : 'auto';
}

/** Inside the repository `espalier` is not on the PATH: advice must be something that works when it is typed. */
function invocationOf(npmScript: string | undefined): string {
  if (npmScript === 'start' || npmScript === 'espalier') return 'npm run espalier --';
  return npmScript === 'npx' ? 'npx espalier' : 'espalier';
}
