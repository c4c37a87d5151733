import { type BudgetScope, picoDollars, type Reservation } from '@espalier/core';
import { z } from 'zod';
import type { AdmissionContext, GateStep, Payer, PlannedRequest } from './gate.ts';

/** What the books can hold, in US dollars. */
const most = 500_000;
const cap = z.number().min(0).max(most).nullable();

/** What may be spent, in US dollars; null is no limit (GRD-5). */
export const budgetCapsSchema = z.strictObject({
  session_usd: cap.default(2),
  user_day_usd: cap.default(10),
  tenant_day_usd: cap.default(null),
  agent_month_usd: cap.default(null),
  /** Of the platform's own learning and evaluations: these count against the tenant and not against users. */
  learning_day_usd: cap.default(null),
  evals_day_usd: cap.default(null),
});
export type BudgetCaps = z.infer<typeof budgetCapsSchema>;

/**
 * Says what is to be set aside for a model call, and for which budgets. Whether there is that much is decided in the commit that begins the
 * call, where no other call can come between (S21).
 * @param now milliseconds since the epoch: what days and months go by, in UTC
 */
export function budgetStep(caps: BudgetCaps, now: () => number): GateStep {
  return {
    name: 'budget',
    concerns: (_, { request }) => request !== undefined,
    admit(_, context) {
      const { request } = context;
      if (!request) return { step: 'budget', decision: 'allow' };
      return { step: 'budget', decision: 'allow', reservation: reservationOf(context, request, { caps, at: new Date(now()) }) };
    },
  };
}

interface Limits {
  caps: BudgetCaps;
  at: Date;
}

function reservationOf(context: AdmissionContext, request: PlannedRequest, limits: Limits): Reservation {
  const { deployment, provider, model, prices, bound, isFree } = request;
  const { workflow, session, user, costCentre } = context.payer;
  const agent = context.agent ?? context.node;
  return {
    ...{ deployment, provider, model, prices, amount: String(bound) },
    scopes: isFree ? [] : scopesOf(context, request, limits),
    charged_to: {
      ...{ workflow, agent, session },
      ...(user === undefined ? {} : { user }),
      ...(costCentre === undefined ? {} : { cost_centre: costCentre }),
    },
  };
}

/** In the order from near to far: the nearest budget that has too little is the one that is named. */
function scopesOf({ run, task, node, agent, payer }: AdmissionContext, { nodeCap }: PlannedRequest, { caps, at }: Limits): BudgetScope[] {
  const day = at.toISOString().slice(0, 10);
  const scopes: (Omit<BudgetScope, 'cap'> & { cap: bigint | undefined })[] = [
    { scope: 'node', subject: `${run}/${task}/${node}`, period: '', cap: nodeCap },
    ...scopesOfPayer(payer, caps, day),
    { scope: 'agent_month', subject: `${payer.workflow}/${agent ?? node}`, period: day.slice(0, 7), cap: dollars(caps.agent_month_usd) },
    { scope: 'tenant_day', subject: 'tenant', period: day, cap: dollars(caps.tenant_day_usd) },
  ];
  return scopes.flatMap(({ cap: most, ...scope }) => (most === undefined ? [] : [{ ...scope, cap: String(most) }]));
}

/** What the platform does for itself is nobody's conversation (S21). */
function scopesOfPayer({ session, user, costCentre }: Payer, caps: BudgetCaps, day: string) {
  if (costCentre !== undefined) {
    const most = dollars(costCentre === 'evals' ? caps.evals_day_usd : caps.learning_day_usd);
    return [{ scope: 'cost_centre_day' as const, subject: costCentre, period: day, cap: most }];
  }
  const ofSession = { scope: 'session' as const, subject: session, period: '', cap: dollars(caps.session_usd) };
  return user === undefined
    ? [ofSession]
    : [ofSession, { scope: 'user_day' as const, subject: user, period: day, cap: dollars(caps.user_day_usd) }];
}

function dollars(usd: number | null): bigint | undefined {
  return usd === null ? undefined : picoDollars(usd);
}
