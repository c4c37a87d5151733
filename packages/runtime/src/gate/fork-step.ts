import type { GateStep } from './gate.ts';

/** What is performed for a fork besides effects of low risk: asking a model changes nothing outside, and a reducer only combines values. */
const harmless: readonly string[] = ['model', 'reducer'];

/** A fork asks what would have been: unless it was started live, it performs nothing that could change the world (S3). */
export const forkStep: GateStep = {
  name: 'fork',
  concerns: (_, { fork }) => fork !== undefined,
  admit({ kind, target }, { fork, risk }) {
    if (fork?.live || risk === 'low' || harmless.includes(kind)) return { step: 'fork', decision: 'allow' };
    const reason = `its risk is ${risk}`;
    const message = `The fork did not perform ${kind} ${target}: ${reason}, and nothing on record fits. Fork with --live to perform it.`;
    return { step: 'fork', decision: 'deny', reason, fault: { code: 'effect.withheld', message } };
  },
};
