import type { GateStep } from './gate.ts';

/** The first step: the input of a call satisfies the schema of its target. */
export const schemaStep: GateStep = {
  name: 'schema',
  admit(effect, { checkInput }) {
    const faults = checkInput?.(effect.input) ?? [];
    if (faults.length === 0) return { step: 'schema', decision: 'allow' };
    const reason = faults.map(({ path, message }) => `${path || 'the input'}: ${message}`).join('; ');
    const message = `The input of ${effect.kind} ${effect.target} does not satisfy its schema: ${reason}.`;
    return { step: 'schema', decision: 'deny', reason, fault: { code: 'tool.input_invalid', message } };
  },
};
