import { nothing, onward, type Role } from './role.ts';

/** One edge in, one out. */
export const linear: Role = { route: onward, settle: nothing };
