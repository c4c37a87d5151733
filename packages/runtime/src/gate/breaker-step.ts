import { z } from 'zod';
import type { AdmissionContext, GateStep, Settlement, StepFact } from './gate.ts';

/** When the agents of a session are stopped, and for how long (GRD-7). */
export const breakerLimitsSchema = z.strictObject({
  /** Failures of calls in a row. */
  failures: z.int().min(1).max(1000).default(3),
  /** An answer that says it is less sure than this counts as doubtful, and so many of them in a row are too many. */
  least_confidence: z.number().min(0).max(1).default(0.5),
  doubtful_answers: z.int().min(1).max(1000).default(3),
  /** After this one call is let through, as a probe; in seconds. */
  rest_seconds: z.number().positive().max(86_400).default(60),
});
export type BreakerLimits = z.infer<typeof breakerLimitsSchema>;

/** What is known of the agents of one session. */
interface Circuit {
  failures: string[];
  doubts: string[];
  /** Milliseconds since the epoch; undefined while the circuit is closed. */
  restsUntil: number | undefined;
  /** The call that is let through to see, and until when nobody else is: it may have been abandoned. */
  probe: { key: string; until: number } | undefined;
  reason: string;
}

/** Sessions that are kept in mind; the one that was heard of longest ago is forgotten first. */
const mostSessions = 10_000;

/**
 * A circuit breaker per session: after repeated failures, repeated doubt, or at the end of the money the calls of agents are refused until a
 * probe succeeds. What a person needs to decide is in `circuit.opened`. Another process that takes a run over finds an open circuit there, and
 * counts failures anew.
 */
export function breakerStep(limits: BreakerLimits, now: () => number): GateStep {
  const circuits = new Map<string, Circuit>();
  const circuitOf = (context: AdmissionContext) => recall(circuits, `${context.tenant}\n${context.payer.session}`);
  return {
    name: 'breaker',
    concerns: (_, { agent }) => agent !== undefined,
    admit(_, context) {
      const circuit = circuitOf(context);
      if (circuit.restsUntil === undefined) return { step: 'breaker', decision: 'allow' };
      // Further tries of the probe are the probe.
      if (circuit.probe?.key === context.key || now() >= Math.max(circuit.restsUntil, circuit.probe?.until ?? 0)) {
        circuit.probe = { key: context.key, until: now() + limits.rest_seconds * 1000 };
        return { step: 'breaker', decision: 'allow', reason: 'a probe' };
      }
      const again = new Date(circuit.restsUntil).toISOString();
      const message = `The circuit of session ${context.payer.session} is open: ${circuit.reason.replace(/\.$/, '')}. One call may try again at ${again}.`;
      return { step: 'breaker', decision: 'deny', reason: circuit.reason, fault: { code: 'circuit.open', message } };
    },
    conclude(effect, settlement, context) {
      if (context.agent === undefined || isNothingNew(settlement)) return [];
      const circuit = circuitOf(context);
      count(circuit, { settlement, what: `${effect.kind} ${effect.target}`, limits });
      return opened(circuit, { settlement, context, limits, at: now() });
    },
    recall({ payload: { session, reason, retry_at: restsUntil } }, tenant) {
      const circuit = recall(circuits, `${tenant}\n${session}`);
      if (restsUntil > now() && restsUntil > (circuit.restsUntil ?? 0)) Object.assign(circuit, { restsUntil, reason });
    },
  };
}

function recall(circuits: Map<string, Circuit>, key: string): Circuit {
  const circuit = circuits.get(key) ?? { failures: [], doubts: [], restsUntil: undefined, probe: undefined, reason: '' };
  circuits.delete(key);
  circuits.set(key, circuit);
  const [oldest] = circuits.keys();
  if (circuits.size > mostSessions && oldest !== undefined) circuits.delete(oldest);
  return circuit;
}

interface Counted {
  settlement: Settlement;
  what: string;
  limits: BreakerLimits;
}

function count(circuit: Circuit, { settlement: { outcome, error, confidence }, what, limits }: Counted): void {
  if (outcome === 'failure') circuit.failures.push(`${what}: ${error ? `${error.code}, ${error.message}` : 'failed'}`.slice(0, 500));
  else circuit.failures = [];
  if (confidence !== undefined && confidence < limits.least_confidence) circuit.doubts.push(`${what}: confidence ${confidence}`);
  else if (confidence !== undefined) circuit.doubts = [];
  circuit.failures = circuit.failures.slice(-limits.failures);
  circuit.doubts = circuit.doubts.slice(-limits.doubtful_answers);
}

interface Settled {
  settlement: Settlement;
  context: AdmissionContext;
  limits: BreakerLimits;
  at: number;
}

/** Opens the circuit if there is cause to, and says so; a probe that succeeds closes it. */
function opened(circuit: Circuit, { settlement, context, limits, at }: Settled): StepFact[] {
  const wasProbe = circuit.probe?.key === context.key;
  if (wasProbe) circuit.probe = undefined;
  const cause = causeOf(circuit, settlement, limits, wasProbe);
  if (!cause) {
    if (wasProbe) circuit.restsUntil = undefined;
    return [];
  }
  if (circuit.restsUntil !== undefined && !wasProbe) return []; // calls that were under way when it opened
  const restsUntil = at + limits.rest_seconds * 1000;
  Object.assign(circuit, { restsUntil, reason: cause.reason });
  const { task, node, agent = node, payer } = context;
  const payload = { session: payer.session, ...cause, task, node, agent, retry_at: Math.round(restsUntil) };
  return [{ type: 'circuit.opened', payload }];
}

/** What this step itself refused, and mistakes that an agent can see and put right by itself (COG-5): a wrong path, a call that is not allowed. */
function isNothingNew({ error }: Settlement): boolean {
  return error !== undefined && (error.code === 'circuit.open' || error.code.startsWith('path.') || error.code.startsWith('effect.'));
}

function causeOf({ failures, doubts }: Circuit, { outcome, error }: Settlement, limits: BreakerLimits, wasProbe: boolean) {
  // What one node may spend is no concern of its session.
  if (error?.code === 'budget.exceeded' && error.details?.scope !== 'node')
    return { cause: 'cost' as const, reason: error.message, evidence: [error.message] };
  if (failures.length >= limits.failures || (wasProbe && outcome === 'failure')) {
    const reason = `${failures.length} calls in a row failed, the last of them ${failures.at(-1) ?? ''}`;
    return { cause: 'failures' as const, reason, evidence: [...failures] };
  }
  if (doubts.length >= limits.doubtful_answers) {
    const reason = `${doubts.length} answers in a row were given with a confidence below ${limits.least_confidence}`;
    return { cause: 'confidence' as const, reason, evidence: [...doubts] };
  }
  return undefined;
}
