/** Beyond this many candidates of like length the rest is not compared: a suggestion is not worth quadratic time on hostile input. */
const maxCandidates = 200;
/** Names of providers and the like are shorter. */
const comparedLength = 64;

/** The candidate most like `name`, ignoring case, or undefined if none is near enough to be a likely slip. The first of equals wins. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  const distance = editDistanceFrom(wanted);
  let limit = allowedEdits(name.length);
  let nearest: string | undefined;
  let compared = 0;
  for (const candidate of candidates) {
    if (compared === maxCandidates || limit < 0) break;
    if (Math.abs(candidate.length - name.length) > limit) continue;
    compared += 1;
    const edits = distance(candidate.toLowerCase());
    if (edits > limit) continue;
    nearest = candidate;
    limit = edits - 1;
  }
  return nearest;
}

/** The candidates most like `name`, ignoring case, nearest first however far they are; at most `limit`. For short lists. */
export function nearestNames(name: string, candidates: readonly string[], limit = 3): string[] {
  const distance = editDistanceFrom(name.slice(0, comparedLength).toLowerCase());
  const ranked = candidates.map((candidate) => ({ candidate, edits: distance(candidate.slice(0, comparedLength).toLowerCase()) }));
  ranked.sort((left, right) => left.edits - right.edits || (left.candidate < right.candidate ? -1 : 1));
  return ranked.slice(0, limit).map(({ candidate }) => candidate);
}

/** How many slips still look like the same word; names too long to be one are not compared. */
function allowedEdits(length: number): number {
  if (length < 3) return 0;
  if (length < 6) return 1;
  if (length < 10) return 2;
  return length <= 100 ? 3 : -1;
}

/**
 * Distance from one name to others by optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost 1
 * each. The three rows of the table are allocated once per name; fresh ones per candidate took ten times as long.
 */
function editDistanceFrom(left: string): (right: string) => number {
  let [beforeLast, last, current] = [new Uint8Array(128), new Uint8Array(128), new Uint8Array(128)];
  const cell = (row: Uint8Array, column: number) => row[column] as number;
  return (right) => {
    for (let column = 0; column <= right.length; column += 1) last[column] = column;
    for (let row = 1; row <= left.length; row += 1) {
      current[0] = row;
      for (let column = 1; column <= right.length; column += 1) {
        const same = left[row - 1] === right[column - 1];
        let cost = Math.min(cell(last, column) + 1, cell(current, column - 1) + 1, cell(last, column - 1) + (same ? 0 : 1));
        const swapped = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
        if (swapped) cost = Math.min(cost, cell(beforeLast, column - 2) + 1);
        current[column] = cost;
      }
      [beforeLast, last, current] = [last, current, beforeLast];
    }
    return cell(last, right.length);
  };
}
