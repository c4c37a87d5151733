import type { Fault, Verdict } from '@espalier/core';
import { EspalierError } from '@espalier/core';
import type { SchemaCheck } from '../schema/compile-schema.ts';
import { type Effect, issuePermit, type Permit } from './permit.ts';

/** What a step may know about the call besides the call itself. */
export interface AdmissionContext {
  run: string;
  task: string;
  node: string;
  /** The effect's key: the same for every try (S9). */
  key: string;
  /** The check of the input, where the target has a schema. */
  checkInput: SchemaCheck | undefined;
}

/** A step's judgement. A denial carries the fault that the caller of the effect receives. */
export type Judgement = (Verdict & { decision: 'allow' | 'redact' | 'flag' }) | (Verdict & { decision: 'deny' | 'escalate'; fault: Fault });

/** How an admitted effect ended, as far as steps need to know. */
export interface Settlement {
  outcome: 'success' | 'failure' | 'partial';
}

/** One concern of the gate. Steps are asked in order; the first that denies ends the admission. */
export interface GateStep {
  readonly name: string;
  admit(effect: Effect, context: AdmissionContext): Judgement | Promise<Judgement>;
  /** Releases or books what `admit` reserved. */
  settle?(effect: Effect, settlement: Settlement): void | Promise<void>;
}

export type Admission = { admitted: true; permit: Permit; verdicts: Verdict[] } | { admitted: false; verdicts: Verdict[]; error: Fault };

/** The only way to a permit, and so to a model, a tool or user code (S20). */
export interface Gate {
  /** Asks every step. A step that throws denies: the gate fails closed. */
  admit(effect: Effect, context: AdmissionContext): Promise<Admission>;
  /** Tells the steps that admitted it how the effect ended. */
  settle(effect: Effect, settlement: Settlement): Promise<void>;
}

/** Composes steps into a gate; later steps slot in here and nowhere else. */
export function createGate(steps: readonly GateStep[]): Gate {
  return {
    async admit(effect, context) {
      const verdicts: Verdict[] = [];
      for (const step of steps) {
        const judgement = await judge(step, effect, context);
        const { decision, reason } = judgement;
        verdicts.push(reason === undefined ? { step: step.name, decision } : { step: step.name, decision, reason });
        if ('fault' in judgement) return { admitted: false, verdicts, error: judgement.fault };
      }
      return { admitted: true, permit: issuePermit(effect), verdicts };
    },
    async settle(effect, settlement) {
      for (const step of steps) await step.settle?.(effect, settlement);
    },
  };
}

async function judge(step: GateStep, effect: Effect, context: AdmissionContext): Promise<Judgement> {
  try {
    return await step.admit(effect, context);
  } catch (thrown) {
    const reason = `the step ${step.name} failed`;
    const message = `The gate could not judge the ${effect.kind} call of ${effect.target}: ${reason}.`;
    if (!(thrown instanceof EspalierError))
      return { step: step.name, decision: 'deny', reason, fault: { code: 'effect.refused', message } };
    return { step: step.name, decision: 'deny', reason, fault: thrown.toFault() };
  }
}
