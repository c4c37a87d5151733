import { z } from 'zod';

/*
 * What calls of models cost: in pico-dollars (10⁻¹² US dollars), which take the price of a single token without a remainder. As text, for
 * JSON numbers end at 2⁵³.
 */

/** An amount of pico-dollars, never negative. At most 9.2 million dollars: what a 64-bit integer of the database holds. */
export const picoDollarsSchema = z.string().regex(/^(0|[1-9]\d{0,17})$/, 'an amount of pico-dollars in digits');

/** Tokens of one request as its provider counted them. Totals with the parts that are billed apart: none is counted twice. */
export const tokenUsageSchema = z.strictObject({
  /** All of the input, cached or not. */
  input_tokens: z.int().min(0),
  /** All of the output, reasoning included. */
  output_tokens: z.int().min(0),
  /** Of the input: read from the provider's cache, and written to it. */
  cache_read_tokens: z.int().min(0).optional(),
  cache_write_tokens: z.int().min(0).optional(),
  /** Of the output: thought and not said. */
  reasoning_tokens: z.int().min(0).optional(),
});
export type TokenUsage = z.infer<typeof tokenUsageSchema>;

/** What a budget is for (S21). `cost_centre_day` is of the cost centres `learning` and `evals`. */
export const budgetScopeNames = ['node', 'session', 'user_day', 'tenant_day', 'agent_month', 'cost_centre_day'] as const;
export type BudgetScopeName = (typeof budgetScopeNames)[number];

/** One budget that a request counts against, and what may be spent of it. */
export const budgetScopeSchema = z.strictObject({
  scope: z.enum(budgetScopeNames),
  /** Whose: the id of the session, user, tenant, agent or cost centre; of a node its place, `run/task/node`. */
  subject: z.string().min(1),
  /** When: a UTC day (2026-11-30), a UTC month (2026-11), or empty for a budget that is not renewed. */
  period: z.string().regex(/^(\d{4}-\d\d(-\d\d)?)?$/),
  cap: picoDollarsSchema,
});
export type BudgetScope = z.infer<typeof budgetScopeSchema>;

/** Who and what a request is charged to. */
const attributionSchema = z.strictObject({
  workflow: z.string(),
  agent: z.string(),
  session: z.string().min(1),
  user: z.string().min(1).optional(),
  /** Spent for the platform's own learning and evaluation: counts against the tenant, not against users. */
  cost_centre: z.enum(['learning', 'evals']).optional(),
});
export type Attribution = z.infer<typeof attributionSchema>;

/** Which deployment is asked, and what is set aside for it: an upper bound of what the request can cost. */
export const reservationSchema = z.strictObject({
  deployment: z.string(),
  provider: z.string(),
  model: z.string(),
  amount: picoDollarsSchema,
  /** Which table of prices the amount and the cost are from. */
  prices: z.string(),
  scopes: z.array(budgetScopeSchema),
  charged_to: attributionSchema,
});
export type Reservation = z.infer<typeof reservationSchema>;

/** Why a deployment was chosen: the rules that the request met, and the tier (COG-2). */
export const routeSchema = z.strictObject({
  tier: z.string(),
  /** 0 (nothing to it) to 1. */
  complexity: z.number(),
  reasons: z.array(z.string()),
});
export type Route = z.infer<typeof routeSchema>;
