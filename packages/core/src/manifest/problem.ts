/** One thing wrong with a set of manifests, and where. Lines and columns count from 1. */
export interface Problem {
  /** A stable code, such as `manifest.unknown_key` or `graph.cycle`. */
  code: string;
  message: string;
  file: string;
  line: number;
  column: number;
  /** Where in the document, as a JSON Pointer (`/nodes/3/role`). */
  path: string;
  expected?: string;
  /** The valid name nearest to the one that was found. */
  nearest?: string;
}
