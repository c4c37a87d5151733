import { graphProblemCodes } from '../graph/graph-problem.ts';

/** Every problem that a manifest can have on its own or with its neighbours. Codes are stable: tools and docs refer to them. */
const manifestProblemCodes = {
  'manifest.workflow_missing': 'The folder holds no workflow.yaml, workflow.yml or workflow.json.',
  'manifest.duplicate_manifest': 'Two files hold the same manifest.',
  'manifest.misnamed_file': 'A file’s name is almost that of a manifest; it would be ignored.',

  'manifest.too_large': 'The file is larger than 10 MB.',
  'manifest.invalid_text': 'The text holds a NUL character or a lone surrogate.',
  'manifest.syntax': 'The file is not valid YAML, or a .json file is not strict JSON.',
  'manifest.several_documents': 'The file holds more than one YAML document.',
  'manifest.not_a_mapping': 'The file’s content is not a mapping of keys to values.',
  'manifest.too_deep': 'Values are nested more than 100 levels deep.',
  'manifest.alias_not_allowed': 'YAML anchors and aliases are refused.',
  'manifest.merge_key_not_allowed': 'The YAML merge key << is refused.',
  'manifest.tag_not_allowed': 'YAML tags are refused.',
  'manifest.directive_not_allowed': 'YAML directives are refused.',
  'manifest.duplicate_key': 'A mapping holds the same key twice.',
  'manifest.key_not_allowed': 'The key __proto__ is refused.',
  'manifest.key_not_text': 'A key is not text.',
  'manifest.number_not_finite': 'A number is infinite or not a number.',

  'manifest.unknown_key': 'A key that the manifest does not know.',
  'manifest.missing_key': 'A required key is missing.',
  'manifest.wrong_type': 'A value has the wrong type.',
  'manifest.invalid_value': 'A value has the right type but is not allowed.',

  'manifest.duplicate_id': 'Two entries of one list have the same id.',
  'manifest.unknown_agent': 'A reference to an agent that agents.yaml does not declare.',
  'manifest.unknown_tool': 'A reference to a tool that tools.yaml does not declare.',
  'manifest.unknown_schema': 'A reference to a schema that is not under schemas/.',
  'manifest.unknown_context': 'A reference to a context profile that memory.yaml does not declare.',
  'manifest.unknown_start': 'A case or command starts at a node that is no start of the workflow.',
  'manifest.unknown_exit': 'A case is to end at a node that is no exit of the workflow.',
  'manifest.unknown_model': 'A reference to a deployment, chain or route that models.yaml does not declare.',
  'manifest.unknown_credential': 'A deployment names a credential that is not declared, or that of another provider.',
  'manifest.score_invalid': 'A scored assertion has no metric and no module, or both, or word_overlap has no text to compare with.',

  'manifest.agent_missing': 'A node of kind agent names no agent_id.',
  'manifest.agent_not_applicable': 'A deterministic node names an agent_id.',
  'manifest.handler_not_applicable': 'A node of kind agent names a handler, or parameters for one.',
  'manifest.unknown_handler': 'A handler is neither built in nor a module reference.',
  'manifest.decision_without_handler': 'A deterministic decision has no handler that can choose an edge.',
  'manifest.tools_missing': 'A node with the handler tools names no tools.',
  'manifest.tools_not_applicable': 'A deterministic node names tools that its handler never calls.',
  'manifest.wait_invalid': 'The parameters of the handler wait are neither one duration nor one field of the input.',
  'manifest.split_not_applicable': 'split is set on a node of another role.',
  'manifest.merge_not_applicable': 'merge is set on a node of another role.',
  'manifest.always_fail_not_applicable': 'always_fail is set on a node that is no exit.',
  'manifest.approval_not_applicable': 'approval is set on a start or an exit.',
  'manifest.budget_not_applicable': 'budget is set on a node that is not of kind agent.',
  'manifest.remember_not_applicable': 'remember is set on a decision, whose output is a label.',
  'manifest.quorum_missing': 'The merge strategy quorum names no quorum.',
  'manifest.quorum_not_applicable': 'A quorum is set for another merge strategy.',
  'manifest.unknown_reducer': 'A reducer is neither built in nor a module reference.',
  'manifest.start_not_deterministic': 'A start node is of kind agent.',
  'manifest.exit_not_deterministic': 'An exit node is of kind agent.',
  'manifest.exit_with_tools': 'An exit node names tools.',
  'manifest.continue_on_decision': 'continue_on_failure is set on a decision, which has no edge to take when it fails.',

  'manifest.module_invalid': 'A module reference is not of the form ./path.ts#export.',
  'manifest.module_not_allowed': 'A module reference leaves the workflow’s folder.',
  'manifest.module_missing': 'A module reference names a file that the folder does not hold.',
  'manifest.path_not_allowed': 'A path leaves the folder that it is relative to.',
  'manifest.entrypoint_invalid': 'A tool’s entrypoint does not fit its type.',

  'manifest.schema_invalid': 'A file under schemas/ is not a valid JSON Schema (2020-12).',
  'manifest.schema_unknown_keyword': 'A JSON Schema uses a keyword that 2020-12 does not define; own keywords begin with x-.',
  'manifest.schema_unknown_format': 'A JSON Schema names a format that is not known.',
  'manifest.schema_remote_ref': 'A JSON Schema refers to another address; only files under schemas/ are read.',
  'manifest.schema_unresolved_ref': 'A $ref of a JSON Schema leads nowhere.',

  'manifest.unsupported': 'A feature of the manifest language that this version does not carry out.',
} as const;

export type ManifestProblemCode = keyof typeof manifestProblemCodes;

/** Every code that a `Problem` can have, with a one-line explanation. */
export const problemCodes = { ...manifestProblemCodes, ...graphProblemCodes } as const;
export type ProblemCode = keyof typeof problemCodes;
