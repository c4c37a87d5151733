import { z } from 'zod';
import { type ErrorCode, errorCatalogue } from '../errors/catalogue.ts';
import type { Json } from './json.ts';
import { budgetScopeSchema, picoDollarsSchema, reservationSchema, routeSchema, tokenUsageSchema } from './usage.ts';

/*
 * The catalogue of the events of a run's journal. Facts (what the world did: `run.started`, `node.started`, `effect.*`, the results
 * in `node.completed`, requests, deadlines) are given; everything else follows from them and is what `decide` must find again.
 */

const json = z.json() as z.ZodType<Json>;
const taskId = z.string().min(1);
const nodeId = z.string().min(1);

/** The result of tools, nodes, tasks and runs (S2). */
export const outcomeSchema = z.enum(['success', 'failure', 'partial']);
export type Outcome = z.infer<typeof outcomeSchema>;

export const faultSchema = z.strictObject({
  code: z.enum(Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  details: z.record(z.string(), json).optional(),
});

/** One step's judgement of one admission (S20). */
export const verdictSchema = z.strictObject({
  step: z.string(),
  decision: z.enum(['allow', 'redact', 'flag', 'deny', 'escalate']),
  reason: z.string().optional(),
});
export type Verdict = z.infer<typeof verdictSchema>;

/** What ran: fixed when the run starts (ENG-V). */
export const runMetadataSchema = z.strictObject({
  engine_version: z.string(),
  state_version: z.int(),
  manifest_hashes: z.record(z.string(), z.string()),
  adapters: z.record(z.string(), z.string()),
});
export type RunMetadata = z.infer<typeof runMetadataSchema>;

/** Where one piece of a prompt came from (COG, MEM-4). */
export const provenanceSchema = z.strictObject({
  source: z.enum(['input', 'task', 'project', 'global']),
  task: taskId.optional(),
  node: nodeId.optional(),
  seq: z.int().optional(),
  /** Of a piece from the project or global store: the id of its entry. */
  entry: z.string().optional(),
  tokens: z.int(),
});
export type Provenance = z.infer<typeof provenanceSchema>;

/** What a run was given of the stores that outlive it, as of its start (S28). */
export const rememberedSchema = z.strictObject({
  /** The key of the effect that wrote it. */
  id: z.string().min(1),
  store: z.enum(['project', 'global']),
  /** Its position in its store. */
  seq: z.int().min(1),
  node: nodeId,
  tags: z.array(z.string()),
  /** Milliseconds since the epoch. */
  at: z.number(),
  value: json,
});
export type Remembered = z.infer<typeof rememberedSchema>;

export const effectKindSchema = z.enum(['model', 'tool', 'handler', 'reducer', 'timer', 'memory']);
export type EffectKind = z.infer<typeof effectKindSchema>;

/** A place in the journal of a run. */
export const journalPlaceSchema = z.strictObject({ run: z.string().min(1), seq: z.int().min(1) });
export type JournalPlace = z.infer<typeof journalPlaceSchema>;

/**
 * What a fork does not take over as it was (S3). `output` puts another value in the place of what the task's last node gave, `input`
 * hands its next node another value; `parameter` says what differs in the workflow that the fork runs with.
 */
export const editSchema = z.discriminatedUnion('edit', [
  z.strictObject({ edit: z.enum(['output', 'input']), task: taskId, value: json }),
  z.strictObject({ edit: z.literal('parameter'), path: z.string(), value: json }),
]);
export type Edit = z.infer<typeof editSchema>;

/** Where a fork branches off, how it differs there, and whether it performs effects that are not low in risk (S3). */
export const forkOriginSchema = journalPlaceSchema.extend({ edits: z.array(editSchema), live: z.boolean() });
export type ForkOrigin = z.infer<typeof forkOriginSchema>;

const effect = { key: z.string(), task: taskId, node: nodeId, try: z.int().min(1) };

/** Payload schema of every event type. */
export const eventSchemas = {
  'run.started': z.strictObject({
    workflow: z.string(),
    workflow_hash: z.string().regex(/^[0-9a-f]{64}$/),
    start: nodeId,
    input: json,
    /** The root task that the run is an attempt at (S1); absent where tasks are not kept. */
    root_task: z.string().min(1).optional(),
    /** Of a fork: what comes before this event is the journal of that run, up to that event. */
    forked_from: forkOriginSchema.optional(),
    /** What the context profiles may show of the project and global stores, oldest first (S28); a fork is given what its parent was. */
    memory: z.array(rememberedSchema).optional(),
    /** Who started it, and the conversation that it belongs to; what it costs counts against both (S21). */
    user: z.string().min(1).optional(),
    session: z.string().min(1).optional(),
    cost_centre: z.enum(['learning', 'evals']).optional(),
    metadata: runMetadataSchema,
  }),
  /** The run stands in the queue of its workflow; nothing of it is performed until it is taken from there. */
  'run.queued': z.strictObject({}),
  /** A process took the run from its queue. */
  'run.dequeued': z.strictObject({}),
  'run.paused': z.strictObject({ reason: z.string().optional() }),
  'run.resumed': z.strictObject({}),
  /** Lets a paused run perform one more node. */
  'run.step_requested': z.strictObject({}),
  'run.cancel_requested': z.strictObject({ reason: z.string() }),
  'run.deadline_passed': z.strictObject({ deadline_ms: z.int() }),
  'run.completed': z.strictObject({ outcome: outcomeSchema, exit: nodeId.optional(), reason: z.string().optional() }),
  'run.cancelled': z.strictObject({ reason: z.string() }),

  'node.started': z.strictObject({ task: taskId, node: nodeId }),
  /** `output` is absent if the node left the task's value as it was; `next` if the task does not simply move on. */
  'node.completed': z.strictObject({
    task: taskId,
    node: nodeId,
    outcome: outcomeSchema,
    output: json.optional(),
    error: faultSchema.optional(),
    label: z.string().optional(),
    next: nodeId.optional(),
  }),

  'effect.started': z.strictObject({
    ...effect,
    kind: effectKindSchema,
    target: z.string(),
    input_hash: z.string(),
    input: json.optional(),
    verdicts: z.array(verdictSchema),
    context: z.array(provenanceSchema).optional(),
    /** Of a timer: when it is over, in milliseconds since the epoch. */
    due_at: z.int().optional(),
    /** Of a model call: who is asked in this try, and what is set aside for it in this very commit (S21). */
    reservation: reservationSchema.optional(),
    /** Of a model call by which an agent puts right what it did before: a faulty answer, or a call of a tool that failed. */
    correction: z.strictObject({ of: z.enum(['answer', 'tool']), faults: z.array(z.string()) }).optional(),
    /** Of a model call whose deployment was chosen by what is asked. */
    route: routeSchema.optional(),
  }),
  /** `reused_from`: not performed; a fork took over what its parent has on record (S3). */
  'effect.completed': z.strictObject({
    ...effect,
    outcome: outcomeSchema,
    output: json.optional(),
    error: faultSchema.optional(),
    reused_from: journalPlaceSchema.optional(),
  }),
  'effect.refused': z.strictObject({
    key: z.string(),
    task: taskId,
    node: nodeId,
    /** Of a further try that was refused. */
    try: z.int().min(2).optional(),
    kind: effectKindSchema,
    target: z.string(),
    verdicts: z.array(verdictSchema),
    error: faultSchema,
  }),
  /** A try of a model call ended as its provider said; what was reserved for it is settled with its cost (S21). */
  'usage.recorded': z.strictObject({
    ...effect,
    tokens: tokenUsageSchema,
    cost: picoDollarsSchema,
    /** Why the try failed; what comes of the effect is another event. */
    error: faultSchema.optional(),
  }),
  /** Nobody can say what a try of a model call has cost: all that was reserved for it counts as spent. */
  'usage.assumed': z.strictObject({ ...effect, cost: picoDollarsSchema, error: faultSchema }),
  /** A provider charged more than could be reserved: these budgets admit nothing more until a person opens them again. */
  'budget.overrun': z.strictObject({ ...effect, reserved: picoDollarsSchema, cost: picoDollarsSchema, scopes: z.array(budgetScopeSchema) }),
  /** A reservation brought a budget to 80 % of its cap or above. */
  'budget.alerted': z.strictObject({ ...effect, budget: budgetScopeSchema, used: picoDollarsSchema }),
  /** The agents of a session get no further before a person or the time says so (GRD-7). */
  'circuit.opened': z.strictObject({
    session: z.string(),
    cause: z.enum(['failures', 'confidence', 'cost']),
    reason: z.string(),
    task: taskId,
    node: nodeId,
    agent: z.string(),
    /** The last failures or low values that led to it, oldest first. */
    evidence: z.array(z.string()),
    retry_at: z.int(),
  }),
  'artifact.stored': z.strictObject({
    task: taskId,
    node: nodeId,
    type: z.enum(['file', 'tool_result', 'node_output']),
    name: z.string(),
    hash: z.string(),
    size: z.int(),
    media_type: z.string(),
  }),

  /** A branch or split made `count` tasks `<task>/<node>.<i>`, dealt in turn onto the node's edges. */
  'task.derived': z.strictObject({ task: taskId, node: nodeId, as: z.enum(['clones', 'subtasks']), count: z.int().min(0) }),
  /** A merge took the tasks that arrived; their common ancestor `task` goes on from `node`. */
  'merge.fired': z.strictObject({ task: taskId, node: nodeId, arrived: z.array(taskId), failed: z.array(taskId), outcome: outcomeSchema }),
  /** The task ended. `exit` is where; `winner` the clone whose result it took. */
  'task.completed': z.strictObject({
    task: taskId,
    outcome: outcomeSchema,
    exit: nodeId.optional(),
    winner: taskId.optional(),
    reason: z.string().optional(),
  }),
  'task.cancelled': z.strictObject({ task: taskId, reason: z.string() }),
} as const;

export type EventType = keyof typeof eventSchemas;

/** An event before it has a place in a journal. */
export type EngineEvent = { [T in EventType]: { type: T; payload: z.infer<(typeof eventSchemas)[T]> } }[EventType];

/** The payload of one event type. */
export type Payload<T extends EventType> = z.infer<(typeof eventSchemas)[T]>;

/** An event with the time, in milliseconds since the epoch, at which the driver saw it happen. */
export type TimedEvent = EngineEvent & { at: number };

/** An event in its journal: `seq` counts from 1 without gaps. */
export type JournalEvent = TimedEvent & { seq: number };
