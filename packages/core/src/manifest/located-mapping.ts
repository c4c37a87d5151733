import type { Json, JsonObject } from '../wire/json.ts';
import type { Located, LocatedMember } from './manifest-document.ts';
import type { SyntaxFault } from './syntax-fault.ts';

/** A mapping under construction; both readers build theirs here, so that they refuse the same keys. */
export interface MappingDraft {
  readonly offset: number;
  readonly value: JsonObject;
  readonly members: Map<string, LocatedMember>;
}

/** An empty mapping that starts at `offset`. */
export function newMapping(offset: number): MappingDraft {
  return { offset, value: {}, members: new Map() };
}

/** Adds one member, or a fault if its key is refused or already there; the first of two members stays. */
export function addMember(mapping: MappingDraft, key: string, member: LocatedMember): SyntaxFault | undefined {
  const offset = member.keyOffset;
  if (key === '__proto__') return { code: 'manifest.key_not_allowed', message: 'The key __proto__ is refused.', offset };
  if (mapping.members.has(key)) return { code: 'manifest.duplicate_key', message: `The key ${key} appears twice in this mapping.`, offset };
  mapping.members.set(key, member);
  mapping.value[key] = member.node.value;
  return undefined;
}

/** A list of located items. */
export function listOf(items: readonly Located[], offset: number): Located {
  return { value: items.map((item): Json => item.value), offset, items };
}

/** Why a text may not be stored (S5), or undefined. */
export function storedTextFault(text: string, offset: number): SyntaxFault | undefined {
  if (text.includes('\0')) return { code: 'manifest.invalid_text', message: 'A text holds a NUL character.', offset };
  if (!text.isWellFormed()) return { code: 'manifest.invalid_text', message: 'A text holds a lone surrogate.', offset };
  return undefined;
}
