import { describe, expect, it } from 'vitest';
import { breakerLimitsSchema, breakerStep } from './breaker-step.ts';
import type { AdmissionContext, Settlement } from './gate.ts';
import { modelContext, modelEffect } from './testing/sample-context.ts';

const failed: Settlement = { outcome: 'failure', error: { code: 'model.failed', message: 'overloaded' } };
const succeeded: Settlement = { outcome: 'success' };

function breaker(limits: object = {}) {
  const clock = { now: 1_000_000 };
  const step = breakerStep(breakerLimitsSchema.parse(limits), () => clock.now);
  return {
    clock,
    settle: async (settlement: Settlement, context: AdmissionContext = modelContext()) =>
      step.conclude?.(modelEffect, settlement, context) ?? [],
    admit: async (context: AdmissionContext = modelContext()) => step.admit(modelEffect, context),
    concerns: (context: AdmissionContext) => step.concerns?.(modelEffect, context),
  };
}

describe('GRD-7 the breaker of a session', () => {
  it('opens after three failures in a row, and says what a person needs to decide', async () => {
    const { settle, admit, clock } = breaker();
    expect(await settle(failed)).toEqual([]);
    expect(await settle(failed)).toEqual([]);
    const [opened] = await settle(failed);
    expect(opened).toMatchObject({
      type: 'circuit.opened',
      payload: {
        ...{ session: 's1', cause: 'failures', task: 'root', node: 'ask', agent: 'writer', retry_at: clock.now + 60_000 },
        evidence: [1, 2, 3].map(() => 'model script/m: model.failed, overloaded'),
      },
    });
    expect(await admit()).toMatchObject({
      decision: 'deny',
      fault: { code: 'circuit.open', message: expect.stringContaining('overloaded') },
    });
  });

  it('a success in between begins the count again', async () => {
    const { settle, admit } = breaker();
    for (const settlement of [failed, failed, succeeded, failed, failed]) expect(await settle(settlement)).toEqual([]);
    expect(await admit()).toMatchObject({ decision: 'allow' });
  });

  it('COG-5 mistakes that an agent can see and put right do not count', async () => {
    const { settle } = breaker();
    for (const code of ['path.not_found', 'effect.refused', 'effect.withheld', 'path.outside_workspace'] as const) {
      expect(await settle({ outcome: 'failure', error: { code, message: 'no' } })).toEqual([]);
    }
  });

  it('a probe that was abandoned leaves room for another after a rest', async () => {
    const { settle, admit, clock } = breaker({ failures: 1, rest_seconds: 10 });
    await settle(failed);
    clock.now += 10_000;
    const other = modelContext({ key: 'run-1/root/other/0' });
    expect([(await admit()).decision, (await admit(other)).decision]).toEqual(['allow', 'deny']);
    clock.now += 10_000;
    expect((await admit(other)).decision).toBe('allow');
  });

  it('opens on repeated doubt', async () => {
    const { settle } = breaker();
    await settle({ ...succeeded, confidence: 0.4 });
    await settle({ ...succeeded, confidence: 0.9 });
    await settle({ ...succeeded, confidence: 0.4 });
    await settle({ ...succeeded });
    await settle({ ...succeeded, confidence: 0.2 });
    expect(await settle({ ...succeeded, confidence: 0.49 })).toMatchObject([{ payload: { cause: 'confidence' } }]);
  });

  it('opens at the end of the money of a session, and not of a node', async () => {
    const { settle, admit } = breaker();
    const exceeded = (scope: string): Settlement => ({
      outcome: 'failure',
      error: { code: 'budget.exceeded', message: 'too little', details: { scope } },
    });
    expect(await settle(exceeded('node'))).toEqual([]);
    expect(await admit()).toMatchObject({ decision: 'allow' });
    expect(await settle(exceeded('session'))).toMatchObject([{ payload: { cause: 'cost', reason: 'too little' } }]);
    expect(await admit()).toMatchObject({ decision: 'deny' });
  });

  it('lets one probe through after its rest; if that succeeds it is closed', async () => {
    const { settle, admit, clock } = breaker({ failures: 1, rest_seconds: 10 });
    await settle(failed);
    clock.now += 9999;
    expect(await admit()).toMatchObject({ decision: 'deny' });
    clock.now += 1;
    expect(await admit()).toMatchObject({ decision: 'allow', reason: 'a probe' });
    expect(await admit()).toMatchObject({ decision: 'allow', reason: 'a probe' }); // another try of the same call
    expect(await admit(modelContext({ key: 'run-1/root/other/0' }))).toMatchObject({ decision: 'deny' });
    await settle(succeeded);
    expect(await admit()).toEqual({ step: 'breaker', decision: 'allow' });
  });

  it('rests again when the probe fails', async () => {
    const { settle, admit, clock } = breaker({ failures: 3, rest_seconds: 10 });
    for (let index = 0; index < 3; index += 1) await settle(failed);
    clock.now += 10_000;
    await admit();
    expect(await settle(failed)).toMatchObject([{ payload: { cause: 'failures', retry_at: clock.now + 10_000 } }]);
    expect(await admit()).toMatchObject({ decision: 'deny' });
  });

  it('opens once, however many calls were under way', async () => {
    const { settle } = breaker({ failures: 2 });
    const opened = await Promise.all(Array.from({ length: 8 }, () => settle(failed)));
    expect(opened.flat()).toHaveLength(1);
  });

  it('is of one session of one tenant, and of agents alone', async () => {
    const { settle, admit, concerns } = breaker({ failures: 1 });
    await settle(failed);
    const { payer } = modelContext();
    expect(await admit(modelContext({ payer: { ...payer, session: 's2' } }))).toMatchObject({ decision: 'allow' });
    expect(await admit(modelContext({ tenant: 'other' }))).toMatchObject({ decision: 'allow' });
    expect(concerns(modelContext({ agent: undefined }))).toBe(false);
  });

  it('is found open by a process that goes on with the run, until its rest is over', async () => {
    const first = breaker({ failures: 1, rest_seconds: 10 });
    const [fact] = await first.settle(failed);
    const clock = { now: 1_000_000 };
    const step = breakerStep(breakerLimitsSchema.parse({}), () => clock.now);
    if (fact) step.recall?.(fact, 'default');
    expect(await step.admit(modelEffect, modelContext())).toMatchObject({ decision: 'deny', fault: { code: 'circuit.open' } });
    clock.now += 10_000;
    expect(await step.admit(modelEffect, modelContext())).toMatchObject({ decision: 'allow', reason: 'a probe' });
  });
});
