import { canonicalJson, type JournalEvent, type Json, type Payload, sha256 } from '@espalier/core';

/** One output of a run: a file, a tool's result or a node's output. */
export interface ArtifactEntry {
  type: Payload<'artifact.stored'>['type'];
  /** The path of a file, the id of a tool, the id of a node. */
  name: string;
  task: string;
  node: string;
  /** SHA-256, hexadecimal, of the bytes of a file or of the canonical JSON of a value. */
  hash: string;
  /** In bytes. */
  size: number;
  media_type: string;
  /** The event that says so: values are in its payload, files in the artifact store under `hash`. */
  seq: number;
}

/** Everything that a journal produced, in its order. Derived anew from the events: nothing is stored twice (ENG-A). */
export function artifactsOf(events: readonly JournalEvent[]): ArtifactEntry[] {
  const calls = new Map<string, string>();
  return events.flatMap((event) => entriesOf(event, calls));
}

/** @param calls the tool of each tool call that was started, by key and try. */
function entriesOf(event: JournalEvent, calls: Map<string, string>): ArtifactEntry[] {
  switch (event.type) {
    case 'artifact.stored':
      return [{ ...event.payload, seq: event.seq }];
    case 'node.completed':
      return valueEntry('node_output', event.payload.node, event);
    case 'effect.started':
      if (event.payload.kind === 'tool') calls.set(callOf(event.payload), event.payload.target);
      return [];
    case 'effect.completed': {
      const tool = calls.get(callOf(event.payload));
      return tool === undefined ? [] : valueEntry('tool_result', tool, event);
    }
    default:
      return [];
  }
}

function callOf(payload: { key: string; try: number }): string {
  return `${payload.try} ${payload.key}`;
}

interface ValueEvent {
  seq: number;
  payload: { task: string; node: string; output?: Json | undefined };
}

function valueEntry(type: 'node_output' | 'tool_result', name: string, { seq, payload }: ValueEvent): ArtifactEntry[] {
  const { task, node, output } = payload;
  if (output === undefined) return [];
  const text = canonicalJson(output);
  return [{ type, name, task, node, hash: sha256(text), size: Buffer.byteLength(text), media_type: 'application/json', seq }];
}
