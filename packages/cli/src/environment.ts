import { homedir, userInfo } from 'node:os';

/** What the environment variables say. The only place where the command line reads them. */
export interface Environment {
  /** REDIS_URL: where the limits of several processes are counted, in the place of the configuration's. */
  redisUrl: string | undefined;
  /** ESPALIER_STATE: where runs are kept that no server keeps, and artifacts. */
  stateDirectory: string | undefined;
  /** DATABASE_URL: the PostgreSQL server that keeps runs. */
  databaseUrl: string | undefined;
  /** ESPALIER_JOURNAL: `database` or `file`; anything else counts as not set. */
  journal: 'database' | 'file' | undefined;
  /** ESPALIER_DEBUG=1: show the stack of an error. */
  debug: boolean;
  /** NO_COLOR wins over FORCE_COLOR; `auto` means on a terminal. */
  colour: 'never' | 'always' | 'auto';
  /** TERM=dumb: lines cannot be drawn again. */
  dumbTerminal: boolean;
  /** Whether plots may use block characters: not with TERM=dumb, nor in a locale whose characters are not UTF-8. */
  blockCharacters: boolean;
  /** What to type before a command: `espalier`, or the npm script or npx that this process was started through. */
  invocation: string;
  /** HOME: what `~/` stands for in the path of a credential. Default: the home directory that the system knows. */
  home: string;
  /** The name of the user of this machine; undefined where it has none, as in some containers. */
  userName: () => string | undefined;
  /** Any other variable, by the name that a credential has. */
  variable: (name: string) => string | undefined;
}

export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  return {
    redisUrl: variables.REDIS_URL || undefined,
    stateDirectory: variables.ESPALIER_STATE || undefined,
    databaseUrl: variables.DATABASE_URL || undefined,
    journal: journalOf(variables.ESPALIER_JOURNAL),
    debug: variables.ESPALIER_DEBUG === '1',
    colour: colourOf(variables),
    dumbTerminal: variables.TERM === 'dumb',
    blockCharacters: variables.TERM !== 'dumb' && isUnicode(variables),
    invocation: invocationOf(variables.npm_lifecycle_event),
    home: variables.HOME || homedir(),
    userName,
    variable: (name) => variables[name],
  };
}

function userName(): string | undefined {
  try {
    return userInfo().username || undefined;
  } catch {
    return undefined;
  }
}

function journalOf(text: string | undefined): Environment['journal'] {
  return text === 'database' || text === 'file' ? text : undefined;
}

function colourOf({ NO_COLOR, FORCE_COLOR }: NodeJS.ProcessEnv): Environment['colour'] {
  if (NO_COLOR) return 'never';
  return FORCE_COLOR && FORCE_COLOR !== '0' ? 'always' : 'auto';
}

/** POSIX: the first of them that is set says it. Where none is, nothing but UTF-8 is likely. */
function isUnicode({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG;
  return !locale || /utf-?8/i.test(locale);
}

/** Inside the repository `espalier` is not on the PATH: advice must be something that works when it is typed. */
function invocationOf(npmScript: string | undefined): string {
  if (npmScript === 'start' || npmScript === 'espalier') return 'npm run espalier --';
  return npmScript === 'npx' ? 'npx espalier' : 'espalier';
}
