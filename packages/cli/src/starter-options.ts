import { type Command, InvalidArgumentError } from 'commander';
import type { Surroundings } from './surroundings.ts';

/** Who starts a run, as typed. */
export interface StarterChoice {
  user?: string;
  session?: string;
}

/** Adds the options of commands with which people start runs. */
export function addStarterOptions(command: Command): Command {
  return command
    .option('--user <id>', 'who starts it: their limits and budgets hold; default: the name of the user of this machine', named)
    .option('--session <id>', 'the conversation that it belongs to: its limits and its budget hold; default: one of its own', named);
}

/** Who starts a run: whoever sits at this machine, unless somebody else is named. */
export function starterOf({ user, session }: StarterChoice, { environment }: Surroundings) {
  return { user: user ?? environment.userName(), session };
}

function named(text: string): string {
  if (text.trim() !== '' && text.length <= 200) return text;
  throw new InvalidArgumentError('Expected a name of at most 200 characters.');
}
