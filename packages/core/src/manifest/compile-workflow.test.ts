import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileWorkflow } from './compile-workflow.ts';
import { brokenNeighbours } from './fixtures/broken-neighbours.ts';
import { brokenWorkflows } from './fixtures/broken-workflows.ts';
import { broken, soundSet, withFile } from './fixtures/sound-set.ts';
import type { Problem } from './problem.ts';
import { problemCodes } from './problem-codes.ts';
import type { SourceFile } from './workflow.ts';

function problemsOf(files: readonly SourceFile[]): Problem[] {
  const result = compileWorkflow(files, { folder: 'folder' });
  return result.ok ? [] : result.problems;
}

function inShort({ code, file, line, column, nearest }: Problem): string {
  return `${code} ${file}:${line}:${column}${nearest === undefined ? '' : ` → ${nearest}`}`;
}

describe('a sound set', () => {
  it('compiles to a workflow with defaults, graph and every manifest (ENG-M1)', () => {
    const result = compileWorkflow(soundSet, { folder: 'folder' });
    if (!result.ok) throw new Error(result.problems.map(inShort).join('\n'));
    const { workflow } = result;
    expect(workflow.id).toBe('writer');
    expect(workflow.graph.defaultStart.id).toBe('begin');
    expect(workflow.concurrency).toBe(8);
    expect(workflow.agents.get('author')?.config).toEqual({ temperature: 0.2, max_tokens: 2000 });
    expect(workflow.tools.get('read_file')).toMatchObject({ timeout: '30s', approval: 'never' });
    expect([...workflow.schemas.keys()].sort()).toEqual(['document', 'request']);
    expect(workflow.providerCredentials.get('main')?.auth).toEqual({ type: 'api_key', source: 'env', env_var: 'ANTHROPIC_API_KEY' });
    expect(workflow.evaluations[0]?.cases[0]?.assertions).toHaveLength(3);
    expect(workflow.cliProfiles.get('default')?.input_mappings.text).toBe('request');
    expect(workflow.scheduler).toMatchObject({ enabled: false, max_queue_size: null });
  });

  it('compiles again from its own sources to the same hashes (S17)', () => {
    const first = compileWorkflow(soundSet, { folder: 'folder' });
    if (!first.ok) throw new Error('not sound');
    const second = compileWorkflow(first.workflow.sources, { folder: 'folder' });
    expect(second.ok && second.workflow.hashes).toEqual(first.workflow.hashes);
  });

  it('takes its id from the folder if workflow.yaml gives none', () => {
    const result = compileWorkflow(broken('workflow.yaml', 'id: writer\n', ''), { folder: 'mini-editor' });
    expect(result.ok && result.workflow.id).toBe('mini-editor');
  });

  it('turns the deadline into milliseconds', () => {
    const result = compileWorkflow(broken('workflow.yaml', 'id: writer', 'deadline: 30m'), { folder: 'folder' });
    expect(result.ok && result.workflow.deadlineMs).toBe(1_800_000);
  });
});

describe('a broken set is refused with code, file, line, column and nearest name (ENG-M1)', () => {
  it.each([...brokenWorkflows, ...brokenNeighbours])('%s', (_name, file, before, after, problems) => {
    expect(problemsOf(broken(file, before, after)).map(inShort)).toEqual(problems);
  });
});

describe('all problems at once (ENG-M1)', () => {
  it('reports shape, references and graph of several files together, in the order of files and lines', () => {
    const files = broken('workflow.yaml', 'context: recent\n    schema_out: document', 'context: recnet\n    schema_out: nothing').map(
      (file) => {
        if (file.path === 'agents.yaml') return { ...file, text: file.text.replace('prompt:', 'promt:') };
        if (file.path === 'schemas/document.json') return { ...file, text: '{ "type": 5, }' };
        return file;
      },
    );
    expect(problemsOf(files).map(inShort)).toEqual([
      'manifest.unknown_context workflow.yaml:15:14 → recent',
      'manifest.unknown_schema workflow.yaml:16:17',
      'manifest.missing_key agents.yaml:2:5',
      'manifest.unknown_key agents.yaml:4:5 → prompt',
      'manifest.syntax schemas/document.json:1:14',
    ]);
  });

  it('checks the sound nodes of a workflow that has a broken one, but not its graph', () => {
    const files = broken('workflow.yaml', 'role: branch', 'role: brunch').map((file) =>
      file.path === 'workflow.yaml'
        ? { ...file, text: file.text.replace('to: done', 'to: doen').replace('[read_file]', '[reed_file]') }
        : file,
    );
    expect(problemsOf(files).map(inShort)).toEqual([
      'manifest.unknown_tool workflow.yaml:14:13 → read_file',
      'manifest.invalid_value workflow.yaml:19:11 → branch',
    ]);
  });

  it('does not call names unknown when the file that declares them cannot be read', () => {
    expect(problemsOf(withFile('agents.yaml', 'agents: [')).map((problem) => problem.code)).toEqual(['manifest.syntax']);
  });

  it('uses only codes of the published list', () => {
    const files = withFile('tools.yaml', 'tools: 1\nx: 2');
    const problems = problemsOf(files);
    expect(problems.length).toBeGreaterThan(3);
    for (const problem of problems) expect(problemCodes).toHaveProperty([problem.code]);
  });
});

describe('whatever the files say', () => {
  const pieces = [
    'a',
    'nodes',
    'id',
    ':',
    ' ',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '|',
    '>',
    '&x ',
    '*x',
    '!t ',
    '?',
    '#',
    '%',
    '---',
    '<<',
    '1',
    '\t',
    '\r',
    '\\',
    '\ud800',
    '\0',
    '\uFEFF',
  ];
  const hostile = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join(''));
  const path = fc.constantFrom('workflow.yaml', 'workflow.json', 'agents.yml', 'memory.yaml', 'schemas/request.json');

  it('compiling them answers with problems that have a place, and never throws', () => {
    fc.assert(
      fc.property(path, hostile, (file, text) => {
        for (const problem of problemsOf(withFile(file, text))) {
          expect(problemCodes).toHaveProperty([problem.code]);
          expect(problem.line).toBeGreaterThan(0);
          expect(problem.column).toBeGreaterThan(0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('JSON values of any shape in place of a manifest are problems, not exceptions', () => {
    const key = fc.constantFrom(
      'nodes',
      'edges',
      'id',
      'agents',
      'tools',
      'memory',
      'context_profiles',
      'sources',
      'suites',
      'cases',
      '$ref',
      'properties',
      'type',
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('a', '', 1, -0.5, true, null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 4 }),
      ),
    }));
    const name = fc.constantFrom('workflow', 'agents', 'tools', 'memory', 'policy', 'evaluations', 'cli_profiles', 'schemas/request');
    fc.assert(
      fc.property(name, value, (file, content) => {
        const files = [
          ...soundSet.filter((other) => !other.path.startsWith(`${file}.`)),
          { path: `${file}.json`, text: JSON.stringify(content) },
        ];
        expect(() => problemsOf(files)).not.toThrow();
      }),
      { numRuns: 200 },
    );
  });
});

describe('the files of a folder', () => {
  it('must hold a workflow', () => {
    expect(problemsOf([]).map(inShort)).toEqual(['manifest.workflow_missing workflow.yaml:1:1']);
  });

  it('hold each manifest once', () => {
    expect(problemsOf([...soundSet, { path: 'tools.json', text: '{}' }]).map(inShort)).toEqual([
      'manifest.duplicate_manifest tools.yaml:1:1',
    ]);
  });

  it('are not ignored when their name is almost right', () => {
    const files = [...soundSet, { path: 'plugin.yml', text: 'plugins: []' }, { path: 'package.json', text: '{}' }];
    expect(problemsOf(files).map(inShort)).toEqual(['manifest.misnamed_file plugin.yml:1:1 → plugins.yml']);
  });
});
