import { nothing, onward, type Role } from './role.ts';

/** Goes on with what its reducer made of the tasks that arrived; when it fires is decided in `settlement.ts`. A rejoin passes on. */
export const merge: Role = { route: onward, settle: nothing };
