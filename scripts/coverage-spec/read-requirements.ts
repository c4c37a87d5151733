/** One row of docs/requirements.md. */
export interface Requirement {
  id: string;
  meaning: string;
  /** Whether a test has to name it: its state is `covered here`, with or without a remark; otherwise it is `planned`. */
  covered: boolean;
}

/**
 * Reads the rows of all tables in the document.
 * @throws Error naming the line of a row that is not `| id | meaning | state |`, or of an id that stands twice.
 */
export function readRequirements(markdown: string): Requirement[] {
  const requirements = new Map<string, Requirement>();
  for (const [index, line] of markdown.split('\n').entries()) {
    if (!line.startsWith('|') || /^\| id \||^\|-/.test(line)) continue;
    const requirement = readRow(line);
    if (!requirement) throw new Error(`Line ${index + 1} is not "| id | meaning | covered here or planned |": ${line}`);
    if (requirements.has(requirement.id)) throw new Error(`Line ${index + 1} lists ${requirement.id} a second time.`);
    requirements.set(requirement.id, requirement);
  }
  return [...requirements.values()];
}

function readRow(line: string): Requirement | undefined {
  const [, id, meaning, state] = /^\| ([A-Z][A-Z0-9-]*) \| ([^|]+) \| (covered here(?: \([^|]+\))?|planned) \|$/.exec(line) ?? [];
  if (id === undefined || meaning === undefined || state === undefined) return undefined;
  return { id, meaning, covered: state !== 'planned' };
}
