/** A stable merge sort. `after(left, right)` says whether `left` belongs after `right`; memory is O(n). */
export async function mergeSort<Item>(items: readonly Item[], after: (left: Item, right: Item) => Promise<boolean>): Promise<Item[]> {
  if (items.length <= 1) return [...items];
  const middle = Math.floor(items.length / 2);
  const left = await mergeSort(items.slice(0, middle), after);
  const right = await mergeSort(items.slice(middle), after);
  const merged: Item[] = [];
  let taken = 0;
  for (const item of left) {
    while (taken < right.length && (await after(item, right[taken] as Item))) {
      merged.push(right[taken] as Item);
      taken += 1;
    }
    merged.push(item);
  }
  return merged.concat(right.slice(taken));
}
