/**
 * Every error of the platform, once: what it means outside the process and what the reader can do about it.
 * `exit` is the exit code of the CLI: 1 the work failed, 2 bad input, 3 not found, 4 conflict, 5 verification diverged, 70 a defect of ours.
 */
export const errorCatalogue = {
  'input.invalid': { status: 400, exit: 2, retryable: false, hint: 'Correct the input named in the message.' },
  'usage.invalid': { status: 400, exit: 2, retryable: false, hint: 'See `espalier --help`.' },
  'manifest.invalid': {
    status: 422,
    exit: 2,
    retryable: false,
    hint: 'Correct the problems listed; `espalier validate <dir>` checks again.',
  },
  'manifest.module_not_allowed': { status: 422, exit: 2, retryable: false, hint: 'Modules load only from the workflow’s own directory.' },
  'module.invalid': { status: 422, exit: 2, retryable: false, hint: 'Check the path and the exported name of the module.' },
  'expression.invalid': { status: 422, exit: 2, retryable: false, hint: 'Correct the JSONata expression.' },
  'expression.failed': { status: 422, exit: 1, retryable: false, hint: 'The expression does not fit the input it received.' },
  'expression.too_costly': { status: 422, exit: 1, retryable: false, hint: 'Simplify the expression or make its input smaller.' },
  'expression.timed_out': { status: 504, exit: 1, retryable: true, hint: 'The evaluation was stopped by the clock.' },
  'template.invalid': { status: 422, exit: 2, retryable: false, hint: 'Correct the template.' },
  'workflow.changed': {
    status: 409,
    exit: 4,
    retryable: false,
    hint: 'The run is pinned to the workflow it started with: restore those files, or start a new run.',
  },
  'node.input_invalid': { status: 422, exit: 1, retryable: false, hint: 'The node’s input does not satisfy its schema_in.' },
  'node.output_invalid': { status: 422, exit: 1, retryable: false, hint: 'The node’s output does not satisfy its schema_out.' },
  'node.handler_failed': { status: 500, exit: 1, retryable: false, hint: 'The handler threw; see the message.' },
  'node.timed_out': { status: 504, exit: 1, retryable: true, hint: 'Raise the node’s timeout or make its work smaller.' },
  'decision.no_edge': { status: 422, exit: 1, retryable: false, hint: 'A decision must return one of its edge labels.' },
  'split.not_a_list': { status: 422, exit: 1, retryable: false, hint: 'split.over must name a list in the node’s output.' },
  'wait.not_a_time': {
    status: 422,
    exit: 1,
    retryable: false,
    hint: 'wait.until must name a field of the input that holds an ISO time or milliseconds since 1970.',
  },
  'merge.failed': { status: 422, exit: 1, retryable: false, hint: 'Tasks that the merge waited for failed; see merge.on_failure.' },
  'exit.always_fail': { status: 422, exit: 1, retryable: false, hint: 'The run reached an exit that always fails.' },
  'queue.full': {
    status: 429,
    exit: 1,
    retryable: true,
    hint: 'Try again when runs were taken from the queue, or raise max_queue_size in scheduler.yaml.',
  },
  'run.not_found': { status: 404, exit: 3, retryable: false, hint: 'List the runs to find the right id.' },
  'evaluation.not_found': { status: 404, exit: 3, retryable: false, hint: 'List them with `espalier eval history`.' },
  'evaluation.timed_out': {
    status: 504,
    exit: 1,
    retryable: true,
    hint: 'Raise the timeout of the case or its suite, or make its work smaller.',
  },
  'run.ended': { status: 409, exit: 4, retryable: false, hint: 'The run has ended; nothing more can be asked of it.' },
  'run.stopped': { status: 503, exit: 1, retryable: true, hint: 'This process stopped driving the run; it can be resumed.' },
  'run.cancelled': { status: 409, exit: 1, retryable: false, hint: 'The run was cancelled on request.' },
  'task.cancelled': { status: 409, exit: 1, retryable: false, hint: 'Another task decided, and this one was no longer needed.' },
  'effect.refused': { status: 403, exit: 1, retryable: false, hint: 'The gate refused the call; the verdicts say why.' },
  'run.not_adoptable': {
    status: 409,
    exit: 4,
    retryable: false,
    hint: 'What can be adopted is a fork that is not current yet, once it and the current run of its task have ended or are paused.',
  },
  'run.not_discardable': {
    status: 409,
    exit: 4,
    retryable: false,
    hint: 'Only a fork that has ended and was not adopted can be discarded.',
  },
  'effect.withheld': {
    status: 403,
    exit: 1,
    retryable: false,
    hint: 'Forks perform only effects of low risk again; start the fork with --live to perform all.',
  },
  'effect.outcome_unknown': {
    status: 500,
    exit: 1,
    retryable: false,
    hint: 'The process ended during an effect that may not be repeated; check its target, then start a new run.',
  },
  'effect.cancelled': {
    status: 409,
    exit: 1,
    retryable: false,
    hint: 'The work was cancelled while the call was under way; it may have taken effect.',
  },
  'payload.invalid_text': {
    status: 422,
    exit: 1,
    retryable: false,
    hint: 'Results must be JSON: finite numbers, no NUL, no lone surrogates.',
  },
  'credential.missing': {
    status: 422,
    exit: 2,
    retryable: false,
    hint: 'Set the variable or write the file that the message names; `espalier credentials <dir>` checks again.',
  },
  'credential.unsafe_file': {
    status: 422,
    exit: 2,
    retryable: false,
    hint: 'Nobody but its owner may use a file with a secret: `chmod 600 <file>`.',
  },
  'credential.invalid': {
    status: 422,
    exit: 2,
    retryable: false,
    hint: 'Correct the variable or file that the message names; its content is never shown.',
  },
  'model.unknown': { status: 422, exit: 2, retryable: false, hint: 'Name a model that a configured provider serves.' },
  'model.failed': { status: 502, exit: 1, retryable: true, hint: 'The provider failed; try again later.' },
  'model.output_invalid': {
    status: 502,
    exit: 1,
    retryable: false,
    hint: 'The model did not satisfy the schema within the allowed corrections.',
  },
  'model.unconfigured': {
    status: 422,
    exit: 2,
    retryable: false,
    hint: 'docs/models.md says what each provider needs; offline/text needs nothing.',
  },
  'model.unpriced': {
    status: 422,
    exit: 2,
    retryable: false,
    hint: 'Give the deployment a price in models.yaml; a model that costs nothing has prices of 0.',
  },
  'model.refused': { status: 422, exit: 1, retryable: false, hint: 'The model or its provider would not answer this; see the message.' },
  'agent.exhausted': { status: 422, exit: 1, retryable: false, hint: 'Raise the budget of the node, or ask less of it.' },
  'budget.exceeded': {
    status: 402,
    exit: 1,
    retryable: false,
    hint: 'See `espalier budget`; raise the cap in the configuration, or wait for the next period.',
  },
  'rate.limited': {
    status: 429,
    exit: 1,
    retryable: true,
    hint: 'Wait as long as the message says, or raise the limit in the configuration.',
  },
  'rate.unavailable': {
    status: 503,
    exit: 70,
    retryable: true,
    hint: 'Check that the Redis of the configuration runs and can be reached.',
  },
  'circuit.open': {
    status: 503,
    exit: 1,
    retryable: true,
    hint: 'Look at what failed; the circuit lets one call try again after the time that the message names.',
  },
  'cassette.miss': { status: 409, exit: 1, retryable: false, hint: 'The cassette has no such call: record it again.' },
  'cassette.invalid': { status: 422, exit: 2, retryable: false, hint: 'Name a cassette that `espalier run --record` wrote.' },
  'tool.unknown': { status: 422, exit: 1, retryable: false, hint: 'Declare the tool in tools.yaml and on the node.' },
  'tool.input_invalid': { status: 422, exit: 1, retryable: false, hint: 'The arguments do not satisfy the tool’s schema_in.' },
  'tool.output_invalid': { status: 502, exit: 1, retryable: false, hint: 'The tool’s result does not satisfy its schema_out.' },
  'tool.failed': { status: 502, exit: 1, retryable: false, hint: 'The tool could not do its work; see the message.' },
  'tool.timed_out': { status: 504, exit: 1, retryable: true, hint: 'Raise the tool’s timeout or make its work smaller.' },
  'path.outside_workspace': {
    status: 403,
    exit: 1,
    retryable: false,
    hint: 'Name a file inside the workspace, without links that leave it.',
  },
  'path.not_found': { status: 404, exit: 1, retryable: false, hint: 'Check the path.' },
  'journal.stale_seq': { status: 409, exit: 4, retryable: true, hint: 'Another writer appended first; read the tail and decide again.' },
  'journal.fenced': {
    status: 409,
    exit: 4,
    retryable: false,
    hint: 'Another process has taken over the run; look there for what comes of it.',
  },
  'journal.locked': { status: 409, exit: 4, retryable: true, hint: 'Another process is writing this journal; wait for it or stop it.' },
  'journal.corrupt': {
    status: 500,
    exit: 70,
    retryable: false,
    hint: 'The journal was changed or damaged outside Espalier; restore it from a backup.',
  },
  'journal.incompatible': {
    status: 409,
    exit: 1,
    retryable: false,
    hint: 'A newer version of Espalier wrote it: use that version, or a newer one.',
  },
  'journal.diverged': {
    status: 409,
    exit: 5,
    retryable: false,
    hint: 'The journal does not follow from the workflow; see the first divergence.',
  },
  'database.locked': {
    status: 409,
    exit: 4,
    retryable: true,
    hint: 'An embedded database is for one process: stop the other one, or set DATABASE_URL.',
  },
  'database.incompatible': {
    status: 409,
    exit: 4,
    retryable: false,
    hint: 'Use the version of Espalier that wrote the database, or name another directory.',
  },
  'database.corrupt': {
    status: 500,
    exit: 70,
    retryable: false,
    hint: 'The database was changed or damaged outside Espalier; restore it from a backup.',
  },
  'storage.failed': { status: 500, exit: 70, retryable: true, hint: 'Check free space and permissions of the directory named.' },
  'database.unavailable': {
    status: 503,
    exit: 70,
    retryable: true,
    hint: 'Check that the PostgreSQL named by DATABASE_URL runs and can be reached.',
  },
  'database.refused': {
    status: 500,
    exit: 70,
    retryable: false,
    hint: 'Check user, password, database and privileges in DATABASE_URL; docs/storage.md lists what is needed.',
  },
  'database.schema_behind': { status: 503, exit: 4, retryable: false, hint: 'Run `espalier migrate up`.' },
  'database.schema_newer': {
    status: 503,
    exit: 4,
    retryable: false,
    hint: 'Use the version of Espalier that migrated this database, or a newer one.',
  },
  'database.migration_failed': {
    status: 500,
    exit: 70,
    retryable: false,
    hint: 'Nothing was changed; correct the cause and migrate again.',
  },
  'cursor.expired': {
    status: 410,
    exit: 4,
    retryable: false,
    hint: 'The log was restored elsewhere or the cursor is not one of it: read again from the beginning.',
  },
  'internal.defect': { status: 500, exit: 70, retryable: false, hint: 'This is a defect of Espalier; please report it with the run id.' },
} as const satisfies Record<string, ErrorEntry>;

interface ErrorEntry {
  /** HTTP status. */
  status: number;
  /** Exit code of the CLI. */
  exit: 1 | 2 | 3 | 4 | 5 | 70;
  /** Whether the same call may succeed later without a change. */
  retryable: boolean;
  hint: string;
}

/** The closed set of error codes. */
export type ErrorCode = keyof typeof errorCatalogue;
