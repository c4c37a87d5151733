import type { MessagePort } from 'node:worker_threads';

/** What the thread of a plugin is started with. */
export interface PluginThreadData {
  /** The only way between thread and process; out of reach of the plugin's own code. */
  port: MessagePort;
  /** Counts upwards with every sign of life: the module is loaded, a call begins, a batch is done. */
  signs: Int32Array<SharedArrayBuffer>;
  url: string;
  exportName: string;
  context: { plugin: string; workflow: string; config: unknown };
  outputPerMinute: number;
}

/** Events as JSON, with the run of each. `close`: no more will come. */
export type ToPlugin = { type: 'events'; runs: string[]; texts: string[] } | { type: 'close' };

export type FromPlugin =
  | { type: 'loaded' }
  | { type: 'refused'; reason: string }
  /** A batch is done; `failed` of its events made the plugin throw, at last with `reason`. */
  | { type: 'done'; failed: number; reason: string | undefined }
  | { type: 'closed'; reason: string | undefined }
  | { type: 'output'; text: string };
