import type { RunsTable, TasksTable } from '../database/tables.ts';

/** How the row of a run changes in a commit; what is absent stays. */
export interface RunChange {
  run: string;
  /** Makes the row, and gives it to `owner` if there is one. */
  create?: { task: string | null; workflow: string; workflowHash: string; owner: string | null; leaseMs: number; startedAt: number };
  status?: RunsTable['status'];
  outcome?: RunsTable['outcome'];
  reason?: string | null;
  endedAt?: number;
  /** Nobody owns the run any more. */
  free?: boolean;
  /** The run is due, whoever owns it. */
  wake?: boolean;
}

/** How the row of a root task changes in a commit. */
export interface TaskChange {
  task: string;
  create?: { workflow: string; at: number };
  status: TasksTable['status'];
  run: string;
  outcome?: TasksTable['outcome'];
  reason?: string | null;
  at: number;
}
