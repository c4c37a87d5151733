import type { Role } from './role.ts';

/** Clones the task onto every edge. */
export const branch: Role = {
  route: () => ({}),
  settle: (task) => [{ type: 'task.derived', payload: { task: task.id, node: task.at.id, as: 'clones', count: task.at.out.length } }],
};
