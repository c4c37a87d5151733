/** Called as `fn(input, { signal, workspace })`; the input satisfies schema_in. */
export function countWords({ text }: { text: string }, { signal }: { signal: AbortSignal; workspace: string }) {
  signal.throwIfAborted();
  return { words: text.split(/\s+/).filter((word) => word !== '').length };
}
