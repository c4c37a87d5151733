const comparedLength = 64;

/** The names with the fewest edits (Levenshtein) to what was asked for, nearest first, at most `limit`. */
export function nearestNames(asked: string, names: readonly string[], limit = 3): string[] {
  const ranked = names.map((name) => ({ name, edits: editDistance(asked.slice(0, comparedLength), name.slice(0, comparedLength)) }));
  ranked.sort((left, right) => left.edits - right.edits || (left.name < right.name ? -1 : 1));
  return ranked.slice(0, limit).map(({ name }) => name);
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_unused, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const substituted = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substituted, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
