import type { Role as RoleName } from '../manifest/shapes/workflow.ts';
import { branch } from './roles/branch.ts';
import { decision } from './roles/decision.ts';
import { exit } from './roles/exit.ts';
import { linear } from './roles/linear.ts';
import { merge } from './roles/merge.ts';
import type { Role } from './roles/role.ts';
import { split } from './roles/split.ts';
import { start } from './roles/start.ts';

/** The seven roles. A new one is a file beside these, an entry here, and its degrees in `graph/rules.ts`. */
export const roles: Readonly<Record<RoleName, Role>> = { start, linear, decision, branch, split, merge, exit };
