import type { DeploymentReport } from '@espalier/platform';
import { isLanguageModel } from '../deployments/checks.ts';
import type { Terminal } from './terminal.ts';
import { indented } from './wrap-text.ts';

/** Where no language model can be asked: that there is one engine that needs none. Empty where one can. */
export function offlineNote(reports: readonly DeploymentReport[], { width }: Pick<Terminal, 'width'>): string {
  const models = reports.filter(isLanguageModel);
  if (models.some(({ fault }) => fault === undefined)) return '';
  const text =
    models.length === 0
      ? 'No provider of language models is configured: offline/text is a rule-based engine, not a language model. docs/models.md says how to name one.'
      : 'No language model can be asked as things are. To go on without one, name offline/text, a rule-based engine that needs no account.';
  return `\n${indented(text, 0, width)}`;
}

/** Of a workflow whose agents ask nobody. */
export function noAgents({ width }: Pick<Terminal, 'width'>): string {
  return indented('The workflow asks no models. An agent may name offline/text, a rule-based engine that needs no account.', 0, width);
}
