/** Faults in one sentence, whose own full stops would stand in its middle. */
export function listed(faults: readonly string[]): string {
  return faults.map((fault) => fault.replace(/\.$/, '')).join('; ');
}
