import { resolve } from 'node:path';
import { EspalierError, faultOf, type Role, type Workflow } from '@espalier/core';
import type { Platform } from '@espalier/platform';
import type { Command } from 'commander';
import { exitCodeOf, problemsOf } from '../output/error-report.ts';
import { oneLine } from '../output/printable.ts';
import { type ListedProblem, problemCount, problemList } from '../output/problem-list.ts';
import { labelled } from '../output/table.ts';
import type { ReportExit, Surroundings } from '../surroundings.ts';
import { withoutConfiguration } from '../with-platform.ts';

/** `espalier validate`: everything that is wrong with a workflow, at once. */
export function addValidateCommand(program: Command, surroundings: Surroundings, exit: ReportExit): void {
  program
    .command('validate')
    .summary('Check a workflow.')
    .description('Check a workflow: its manifests, schemas, expressions and modules. Lists every problem with its place.')
    .argument('<directory>', 'the directory of the workflow')
    .option('--json', 'print one JSON object')
    .action(async (directory: string, { json }: { json?: true }) => {
      exit(await withoutConfiguration(surroundings, (platform) => validate(platform, { directory, json: json === true }, surroundings)));
    });
}

interface ValidateRequest {
  directory: string;
  json: boolean;
}

async function validate(platform: Platform, { directory, json }: ValidateRequest, surroundings: Surroundings): Promise<number> {
  const { stdout } = surroundings;
  const path = resolve(surroundings.directory, directory);
  const checked = await check(platform, path);
  if (json) stdout.write(`${JSON.stringify(checked.ok ? soundJson(checked.workflow) : { ok: false, problems: checked.problems })}\n`);
  else if (checked.ok) stdout.write(soundText(checked.workflow, surroundings));
  else {
    const list = problemList(checked.problems, { workflow: path, current: surroundings.directory }, stdout);
    stdout.write(`${list}\n${stdout.style.red(problemCount(checked.problems))}\n`);
  }
  return checked.ok ? 0 : checked.exit;
}

type Checked = { ok: true; workflow: Workflow } | { ok: false; problems: ListedProblem[]; exit: number };

/** Manifests first; if they are sound, what can only be known by loading modules and compiling expressions. */
async function check(platform: Platform, directory: string): Promise<Checked> {
  const compiled = await platform.compile(directory);
  const invalid = exitCodeOf(new EspalierError('manifest.invalid', ''));
  if (!compiled.ok) return { ok: false, problems: compiled.problems, exit: invalid };
  try {
    await platform.open(directory);
    return compiled;
  } catch (thrown) {
    if (!(thrown instanceof EspalierError) || exitCodeOf(thrown) !== invalid) throw thrown;
    const fault = faultOf(thrown);
    const problems = problemsOf(fault);
    return { ok: false, problems: problems.length > 0 ? problems : [{ code: fault.code, message: fault.message }], exit: invalid };
  }
}

function soundJson({ id, hash, graph, agents, tools }: Workflow) {
  return { ok: true, id, hash, nodes: graph.nodes.length, edges: graph.edges.length, agents: [...agents.keys()], tools: [...tools.keys()] };
}

function soundText(workflow: Workflow, { stdout: { style } }: Surroundings): string {
  const { graph, agents, tools } = workflow;
  const names = (keys: Iterable<string>) => oneLine([...keys].join(', ')) || 'none';
  return [
    `${style.green('✓')} ${style.bold(oneLine(workflow.id))} is sound\n`,
    labelled('Hash', workflow.hash.slice(0, 12), style.dim),
    labelled('Nodes', `${graph.nodes.length}: ${roleCounts(workflow)}`, style.dim),
    labelled('Edges', String(graph.edges.length), style.dim),
    labelled('Starts', startsText(graph), style.dim),
    labelled('Agents', names([...agents.values()].map((agent) => `${agent.id} (${agent.llm})`)), style.dim),
    labelled('Tools', names(tools.keys()), style.dim),
  ].join('');
}

function startsText({ starts, defaultStart }: Workflow['graph']): string {
  const others = starts.filter((start) => start !== defaultStart).map((start) => start.id);
  return oneLine([`${defaultStart.id}${others.length > 0 ? ' (default)' : ''}`, ...others].join(', '));
}

function roleCounts({ graph }: Workflow): string {
  const counts = new Map<Role, number>();
  for (const { role } of graph.nodes) counts.set(role, (counts.get(role) ?? 0) + 1);
  return [...counts].map(([role, count]) => `${count} ${role}`).join(', ');
}
