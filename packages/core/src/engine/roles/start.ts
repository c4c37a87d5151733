import { nothing, onward, type Role } from './role.ts';

/** Where a run begins; its handler normalises the input. */
export const start: Role = { route: onward, settle: nothing };
