/** How a keyword of JSON Schema 2020-12 holds subschemas: not at all, one, a list of them, or by name. */
export type KeywordKind = 'plain' | 'schema' | 'list' | 'map';

const byKind: Record<KeywordKind, string> = {
  plain:
    '$schema $id $ref $anchor $dynamicRef $dynamicAnchor $vocabulary $comment type enum const multipleOf maximum exclusiveMaximum minimum ' +
    'exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems maxContains minContains maxProperties minProperties required ' +
    'dependentRequired title description default deprecated readOnly writeOnly examples format contentEncoding contentMediaType',
  schema: 'items contains additionalProperties propertyNames if then else not unevaluatedItems unevaluatedProperties contentSchema',
  list: 'allOf anyOf oneOf prefixItems',
  map: 'properties patternProperties dependentSchemas $defs definitions',
};

/** Every keyword that a schema may use besides its own `x-…` ones. */
export const schemaKeywords: ReadonlyMap<string, KeywordKind> = new Map(
  (Object.keys(byKind) as KeywordKind[]).flatMap((kind) => byKind[kind].split(' ').map((word): [string, KeywordKind] => [word, kind])),
);
