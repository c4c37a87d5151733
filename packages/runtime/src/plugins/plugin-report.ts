/** What becomes of a plugin, for those who run the process. No report touches a run or its journal. */
export interface PluginReport {
  plugin: string;
  /** Id of its workflow. */
  workflow: string;
  /**
   * `failed`: it threw. `missing`: it misses events. `recovered`: it gets all events again. `restarting`: its thread ended and is started
   * again. `off`: it gets no more events in this process. `output`: it wrote to the console.
   */
  kind: 'failed' | 'missing' | 'recovered' | 'restarting' | 'off' | 'output';
  /** A sentence for people; of `output`, what was written. */
  message: string;
  /** Events that it has missed so far. */
  missed: number;
}
