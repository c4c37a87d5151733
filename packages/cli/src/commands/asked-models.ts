import { EspalierError, usdText, type Workflow } from '@espalier/core';
import type { DeploymentReport, Platform } from '@espalier/platform';
import { type Asked, askDeployment } from '../deployments/ask-deployment.ts';
import { askedTable } from '../output/deployment-tables.ts';
import { LiveLine } from '../output/live-line.ts';
import { countText, durationText } from '../output/quantities.ts';
import { indented } from '../output/wrap-text.ts';
import { watchSignals } from '../signals.ts';
import { type StarterChoice, starterOf } from '../starter-options.ts';
import type { Surroundings } from '../surroundings.ts';

/** What is asked, and for whom. */
export interface Asking {
  workflow: Workflow;
  reports: readonly DeploymentReport[];
  /** Of the workflow; absolute. */
  directory: string;
  choice: StarterChoice & { json?: true };
}

/** A deployment, and what came of asking it. */
export type AskedReport = readonly [DeploymentReport, Asked];

/** Asks those deployments that can be asked, one after the other, and shows what came of it. Ctrl-C asks no more of them. */
export async function askAll(platform: Platform, asking: Asking, surroundings: Surroundings): Promise<AskedReport[]> {
  const { choice } = asking;
  const { stdout, stderr } = surroundings;
  const reports = asking.reports.filter(({ fault }) => fault === undefined);
  if (reports.length === 0) return [];
  if (!choice.json) stderr.write(`\n${indented(announcement(reports), 0, stderr.width)}`);
  const asked = await askEach(platform, { ...asking, reports }, surroundings);
  if (!choice.json) stdout.write(`\n${askedTable(asked, stdout)}${askedFaults(asked, stdout.width)}`);
  return asked;
}

async function askEach(platform: Platform, { workflow, reports, directory, choice }: Asking, surroundings: Surroundings) {
  let underWay = { node: '', startedAt: Date.now() };
  const live = new LiveLine(surroundings.stderr, { underWay: () => [underWay] });
  const stop = new AbortController();
  const forget = watchSignals({
    onInterrupt: () => {
      live.write('Asking no more of them. Ctrl-C again stops at once.\n');
      stop.abort(new EspalierError('run.cancelled', 'Cancelled with Ctrl-C.'));
    },
    onSuspend: () => {},
    onQuit: () => live.end(),
  });
  const onWait = (ms: number) => live.write(`Waiting for ${durationText(ms)}: more must not be started before.\n`);
  const starter = starterOf(choice, surroundings);
  const asked: AskedReport[] = [];
  try {
    for (const report of reports) {
      if (stop.signal.aborted) break;
      underWay = { node: report.candidate.id, startedAt: Date.now() };
      asked.push([report, await askDeployment(platform, report, { workflow, directory, starter, signal: stop.signal, onWait })]);
    }
    return asked;
  } finally {
    forget();
    live.end();
  }
}

/** What a question of one word comes to: what is sent, and what a model may think. */
const usualTokens = { input_tokens: 100, output_tokens: 50 };

function announcement(reports: readonly DeploymentReport[]): string {
  const cost = reports.reduce((sum, { prices }) => sum + (prices?.costOf(usualTokens) ?? 0n), 0n);
  const price = cost === 0n ? 'This costs nothing.' : `This costs a little, about ${usdText(cost)}.`;
  return `Asking ${countText(reports.length, 'deployment')} for one word. ${price}`;
}

function askedFaults(asked: readonly AskedReport[], width: number): string {
  return asked.map(([{ candidate }, { error }]) => (error ? `\n${indented(`${candidate.id}: ${error.message}`, 0, width)}` : '')).join('');
}
