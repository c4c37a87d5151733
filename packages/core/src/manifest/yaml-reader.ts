import {
  Composer,
  CST,
  type Document,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Pair,
  type ParsedNode,
  Parser,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { addMember, listOf, newMapping, storedTextFault } from './located-mapping.ts';
import type { Located } from './manifest-document.ts';
import { maxDepth, type SyntaxFault } from './syntax-fault.ts';

/** More faults of one kind say nothing new, and hostile text can hold millions. */
const maxFaults = 20;

/** Tokens that YAML knows and manifests do without: aliases multiply text, tags and directives change what text means. */
const refusedTokens: Readonly<Record<string, Pick<SyntaxFault, 'code' | 'message'> | undefined>> = {
  anchor: { code: 'manifest.alias_not_allowed', message: 'Anchors are refused: write the value where it is used.' },
  alias: { code: 'manifest.alias_not_allowed', message: 'Aliases are refused: write the value where it is used.' },
  tag: { code: 'manifest.tag_not_allowed', message: 'Tags are refused: a value’s type follows from how it is written.' },
  'directive-line': { code: 'manifest.directive_not_allowed', message: 'Directives are refused: manifests are YAML 1.2 without tags.' },
};

/**
 * Reads one YAML 1.2 document (core schema) with the position of every key and value. Undefined if its syntax is broken; other
 * faults (duplicate keys, numbers that are not finite) are collected and the value is returned nevertheless.
 */
export function readYaml(text: string, faults: SyntaxFault[]): Located | undefined {
  const tokens = tokensOf(text, faults);
  if (!tokens) return undefined;
  const composer = new Composer({ schema: 'core', version: '1.2', uniqueKeys: false, prettyErrors: false });
  const [document, second] = [...composer.compose(tokens, true, text.length)];
  if (!document) return undefined;
  faults.push(...document.errors.slice(0, maxFaults).map(syntaxFault));
  if (second) {
    const message = 'The file holds more than one YAML document.';
    faults.push({ code: 'manifest.several_documents', message, offset: second.range[0] });
  }
  if (faults.length > 0) return undefined;
  return toLocated(document.contents, { faults, depth: 1 });
}

/**
 * The syntax tree, or undefined with the reasons why the text is not even composed. Depth is checked while reading: the library's
 * own time is quadratic in it.
 */
function tokensOf(text: string, faults: SyntaxFault[]): CST.Token[] | undefined {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let afterScalarMark = false;
  for (const lexeme of new Lexer().lex(text)) {
    const refused = afterScalarMark ? undefined : refusal(lexeme);
    afterScalarMark = !afterScalarMark && lexeme === CST.SCALAR;
    if (refused) faults.push({ ...refused, offset: parser.offset });
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > maxDepth * 2) faults.push(tooDeep(parser.offset));
    if (faults.length >= maxFaults || parser.stack.length > maxDepth * 2 || brokenOften(tokens)) break;
  }
  if (faults.length > 0) return undefined;
  tokens.push(...parser.end());
  return tokens;
}

function refusal(lexeme: string) {
  const type = CST.tokenType(lexeme);
  return type ? refusedTokens[type] : undefined;
}

function brokenOften(tokens: readonly CST.Token[]): boolean {
  return tokens.length > maxFaults && tokens.at(-1)?.type === 'error' && tokens.at(-maxFaults)?.type === 'error';
}

function syntaxFault(error: Document['errors'][number]): SyntaxFault {
  if (error.code === 'RESOURCE_EXHAUSTION') return tooDeep(error.pos[0]);
  return { code: 'manifest.syntax', message: error.message.split('\n', 1)[0] ?? error.code, offset: error.pos[0] };
}

function tooDeep(offset: number): SyntaxFault {
  return { code: 'manifest.too_deep', message: `Values are nested more than ${maxDepth} levels deep.`, offset };
}

interface Walk {
  readonly faults: SyntaxFault[];
  readonly depth: number;
}

function toLocated(node: ParsedNode | null, walk: Walk): Located {
  const offset = node?.range[0] ?? 0;
  if (walk.depth > maxDepth && (isMap(node) || isSeq(node))) {
    walk.faults.push(tooDeep(offset));
    return { value: null, offset };
  }
  const inner = { faults: walk.faults, depth: walk.depth + 1 };
  if (isMap(node)) return mappingOf(node, offset, inner);
  if (isSeq(node))
    return listOf(
      node.items.map((item) => toLocated(item, inner)),
      offset,
    );
  return scalarOf(isScalar(node) ? node : undefined, offset, walk);
}

function mappingOf(map: YAMLMap.Parsed, offset: number, walk: Walk): Located {
  const mapping = newMapping(offset);
  for (const { key, value } of map.items as Pair<ParsedNode, ParsedNode | null>[]) {
    const keyOffset = key.range[0];
    const fault = keyFault(key, keyOffset);
    if (fault) walk.faults.push(fault);
    else {
      const node = value ? toLocated(value, walk) : { value: null, offset: keyOffset };
      const refused = addMember(mapping, String((key as Scalar).value), { keyOffset, node });
      if (refused) walk.faults.push(refused);
    }
  }
  return mapping;
}

function keyFault(key: ParsedNode, offset: number): SyntaxFault | undefined {
  if (!isScalar(key) || typeof key.value !== 'string') {
    return { code: 'manifest.key_not_text', message: 'A key is text; put numbers, true, false and null in quotes.', offset };
  }
  if (key.value === '<<' && key.type === 'PLAIN') {
    return { code: 'manifest.merge_key_not_allowed', message: 'The merge key << is refused: write the members out.', offset };
  }
  return storedTextFault(key.value, offset);
}

function scalarOf(scalar: Scalar | undefined, offset: number, { faults }: Walk): Located {
  const value = scalar?.value ?? null;
  if (typeof value === 'string') {
    const fault = storedTextFault(value, offset);
    if (fault) faults.push(fault);
    return { value, offset };
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    faults.push({ code: 'manifest.number_not_finite', message: `${scalar?.source ?? value} is not a finite number.`, offset });
    return { value: 0, offset };
  }
  return { value: typeof value === 'number' || typeof value === 'boolean' ? value : null, offset };
}
