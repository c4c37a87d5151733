import type { EngineEvent, Fault, JournalEvent, Reservation, Risk, Verdict } from '@espalier/core';
import { EspalierError, faultOf } from '@espalier/core';
import type { SchemaCheck } from '../schema/compile-schema.ts';
import { type Effect, issuePermit, type Permit } from './permit.ts';

/** Who pays for what a run does. */
export interface Payer {
  workflow: string;
  session: string;
  user: string | undefined;
  costCentre: 'learning' | 'evals' | undefined;
}

/** The request to a provider that a try of a model call is about to make. Amounts in pico-dollars. */
export interface PlannedRequest {
  deployment: string;
  provider: string;
  model: string;
  prices: string;
  /** The most that it can cost. */
  bound: bigint;
  isFree: boolean;
  /** What the node may spend on one visit. */
  nodeCap: bigint | undefined;
}

/** What a step may know about the call besides the call itself. */
export interface AdmissionContext {
  tenant: string;
  run: string;
  task: string;
  node: string;
  /** The effect's key: the same for every try (S9). */
  key: string;
  /** The agent that asks, if one does. */
  agent: string | undefined;
  payer: Payer;
  /** Of a model call. */
  request: PlannedRequest | undefined;
  /** How much harm the target may do. */
  risk: Risk;
  /** Set if the run is a fork, and whether it may act on the world as its parent did (S3). */
  fork: { live: boolean } | undefined;
  /** The check of the input, where the target has a schema. */
  checkInput: SchemaCheck | undefined;
}

/**
 * A step's judgement. A denial carries the fault that the caller of the effect receives; a permission may carry what is to be set aside in
 * the commit that begins the effect (S21).
 */
export type Judgement =
  | (Verdict & { decision: 'allow' | 'flag'; reservation?: Reservation })
  | (Verdict & { decision: 'deny' | 'escalate'; fault: Fault });

/** How an admitted effect ended, as far as steps need to know. */
export interface Settlement {
  outcome: 'success' | 'failure' | 'partial';
  error?: Fault | undefined;
  /** How sure a model is of its answer, 0 to 1, where it says so. */
  confidence?: number | undefined;
}

/** Facts that a step makes known; they are recorded with the outcome of the effect. */
export type StepFact = EngineEvent & { type: 'circuit.opened' };

/** One concern of the gate. Steps are asked in order; the first that denies ends the admission. */
export interface GateStep {
  readonly name: string;
  /** Whether the step has a say in this effect at all; default: it has. One that has none gives no verdict. */
  concerns?(effect: Effect, context: AdmissionContext): boolean;
  admit(effect: Effect, context: AdmissionContext): Judgement | Promise<Judgement>;
  /** Releases or books what `admit` reserved. */
  settle?(effect: Effect, settlement: Settlement, context: AdmissionContext): void | Promise<void>;
  /** Told of an effect that came to its end, whatever its tries were; not of one that was abandoned. @returns what it makes known. */
  conclude?(effect: Effect, settlement: Settlement, context: AdmissionContext): readonly StepFact[];
  /** Takes up what a step made known of a run that this process goes on with. */
  recall?(fact: StepFact, tenant: string): void;
}

export type Admission =
  | { admitted: true; permit: Permit; verdicts: Verdict[]; reservation: Reservation | undefined }
  | { admitted: false; verdicts: Verdict[]; error: Fault };

/** The only way to a permit, and so to a model, a tool or user code (S20). */
export interface Gate {
  /** Asks every step. A step that throws denies: the gate fails closed. */
  admit(effect: Effect, context: AdmissionContext): Promise<Admission>;
  /** Tells the steps that admitted it how the effect, or a try of it, ended. */
  settle(effect: Effect, settlement: Settlement, context: AdmissionContext): Promise<void>;
  /** Tells the steps that the effect came to its end. @returns what they make known. */
  conclude?(effect: Effect, settlement: Settlement, context: AdmissionContext): StepFact[];
  /** Reminds the steps of what they made known of a run, when this process goes on with it. */
  recall?(journal: readonly JournalEvent[], tenant: string): void;
}

/** Composes steps into a gate; later steps slot in here and nowhere else. */
export function createGate(steps: readonly GateStep[]): Gate {
  return {
    async admit(effect, context) {
      const verdicts: Verdict[] = [];
      let reservation: Reservation | undefined;
      for (const [index, step] of steps.entries()) {
        if (step.concerns?.(effect, context) === false) continue;
        const judgement = await judge(step, effect, context);
        const { decision, reason } = judgement;
        verdicts.push(reason === undefined ? { step: step.name, decision } : { step: step.name, decision, reason });
        if (!('fault' in judgement)) {
          reservation ??= judgement.reservation;
          continue;
        }
        await settleAll(steps.slice(0, index), { effect, context, settlement: { outcome: 'failure' } }).catch((thrown: unknown) => {
          process.emitWarning(`The gate could not release ${effect.kind} ${effect.target}: ${faultOf(thrown).message}`);
        });
        return { admitted: false, verdicts, error: judgement.fault };
      }
      return { admitted: true, permit: issuePermit(effect), verdicts, reservation };
    },
    settle: (effect, settlement, context) => settleAll(steps, { effect, settlement, context }),
    conclude: (effect, settlement, context) => steps.flatMap((step) => step.conclude?.(effect, settlement, context) ?? []),
    recall(journal, tenant) {
      for (const { type, payload } of journal) {
        if (type === 'circuit.opened') for (const step of steps) step.recall?.({ type, payload }, tenant);
      }
    },
  };
}

interface Ended {
  effect: Effect;
  settlement: Settlement;
  context: AdmissionContext;
}

/** Every step is told, whatever becomes of the others. @throws the first fault of a step, after all were told. */
async function settleAll(steps: readonly GateStep[], { effect, settlement, context }: Ended): Promise<void> {
  const told = await Promise.allSettled(steps.map(async (step) => step.settle?.(effect, settlement, context)));
  for (const result of told) if (result.status === 'rejected') throw result.reason;
}

const allowing: readonly unknown[] = ['allow', 'flag'];

/** A step that throws, or whose answer is neither a permission nor a denial with its fault, denies: the gate fails closed. */
async function judge(step: GateStep, effect: Effect, context: AdmissionContext): Promise<Judgement> {
  try {
    const judgement: Judgement | undefined = await step.admit(effect, context);
    if (judgement && ('fault' in judgement || allowing.includes(judgement.decision))) return judgement;
  } catch (thrown) {
    if (thrown instanceof EspalierError) return denial(step, thrown.toFault());
  }
  const message = `The gate could not judge the ${effect.kind} call of ${effect.target}: the step ${step.name} failed.`;
  return denial(step, { code: 'effect.refused', message });
}

function denial(step: GateStep, fault: Fault): Judgement {
  return { step: step.name, decision: 'deny', reason: `the step ${step.name} failed`, fault };
}
