/** A workflow that hands its input on. */
export const straight = {
  'straight/workflow.yaml': `
nodes:
  - { id: start, kind: deterministic, role: start, default_start: true, handler: pass }
  - { id: work, name: Hand it on, kind: deterministic, role: linear }
  - { id: done, kind: deterministic, role: exit }
edges:
  - { from: start, to: work }
  - { from: work, to: done }
`,
};

/** Three arms: one succeeds, one fails with a hostile message, one is slow; the merge takes what it gets. */
export const forked = {
  'forked/workflow.yaml': `
nodes:
  - { id: start, kind: deterministic, role: start, default_start: true }
  - { id: fork, kind: deterministic, role: branch }
  - { id: quick, kind: deterministic, role: linear }
  - { id: broken, kind: deterministic, role: linear, handler: ./handlers/arms.ts#broken }
  - { id: slow, name: "Slow \\e[31m arm", kind: deterministic, role: linear, handler: ./handlers/arms.ts#slow }
  - { id: join, kind: deterministic, role: merge, merge: { on_failure: partial } }
  - { id: done, kind: deterministic, role: exit }
edges:
  - { from: start, to: fork }
  - { from: fork, to: quick }
  - { from: fork, to: broken }
  - { from: fork, to: slow }
  - { from: quick, to: join }
  - { from: broken, to: join }
  - { from: slow, to: join }
  - { from: join, to: done }
`,
  'forked/handlers/arms.ts': `
export function broken() { throw new Error('this arm is broken \\u001b[2J'); }
export async function slow() { await new Promise((resolve) => setTimeout(resolve, 60)); return 'slowly'; }
`,
};

/** Its only work never ends by itself, unless a file called \`go\` lies in the current directory; it may be repeated. */
export const endless = {
  'endless/workflow.yaml': `
nodes:
  - { id: start, kind: deterministic, role: start, default_start: true }
  - { id: wait, kind: deterministic, role: linear, handler: ./wait.ts#wait, idempotent: true }
  - { id: done, kind: deterministic, role: exit }
edges:
  - { from: start, to: wait }
  - { from: wait, to: done }
`,
  'endless/wait.ts': `
import { existsSync } from 'node:fs';
export async function wait() {
  while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20));
  return 'waited';
}
`,
};

/** Fails at a node: the run reaches no exit. */
export const failing = {
  'failing/workflow.yaml': `
nodes:
  - { id: start, kind: deterministic, role: start, default_start: true, handler: pass }
  - { id: work, kind: deterministic, role: linear, handler: transform, with: { expression: '$number(missing)' }, schema_out: number }
  - { id: done, kind: deterministic, role: exit }
edges:
  - { from: start, to: work }
  - { from: work, to: done }
`,
  'failing/schemas/number.json': '{ "type": "number" }',
};

/** Writes what its agent drafts into the workspace. */
export const writing = {
  'writing/workflow.yaml': `
nodes:
  - { id: start, kind: deterministic, role: start, default_start: true, with: { field: instruction } }
  - { id: draft, name: Draft it, kind: agent, role: linear, agent_id: writer, schema_out: document }
  - id: write
    kind: deterministic
    role: linear
    handler: tools
    tools: [write_file]
    with: { plan: '{ "tool": "write_file", "input": { "path": "notes/draft.md", "content": content } }' }
  - { id: done, kind: deterministic, role: exit }
edges:
  - { from: start, to: draft }
  - { from: draft, to: write }
  - { from: write, to: done }
`,
  'writing/agents.yaml': `
agents:
  - { id: writer, llm: offline/text, prompt: Draft the document that the instruction asks for. }
`,
  'writing/tools.yaml': `
tools:
  - { id: write_file, type: filesystem, entrypoint: builtin, risk: medium, idempotent: true }
`,
  'writing/schemas/document.json': `
{ "type": "object", "required": ["content"], "properties": { "content": { "type": "string" } }, "additionalProperties": false }
`,
};
