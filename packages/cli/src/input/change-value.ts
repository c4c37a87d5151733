import { EspalierError, isJsonObject, type Json } from '@espalier/core';

/** A value with another member at a JSON Pointer, which must be there or be a new member of an object. @throws EspalierError `input.invalid`. */
export function changeValue(value: Json, pointer: string, member: Json): Json {
  if (pointer === '') return member;
  if (!pointer.startsWith('/')) {
    throw new EspalierError('input.invalid', `${pointer} is no path of a field: expected a JSON Pointer, such as /${pointer}.`);
  }
  const [step = '', ...rest] = pointer.slice(1).split('/');
  const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
  const below = rest.length === 0 ? '' : `/${rest.join('/')}`;
  if (Array.isArray(value) && /^\d+$/.test(key) && Number(key) < value.length) {
    return value.map((item, index) => (index === Number(key) ? changeValue(item, below, member) : item));
  }
  if (isJsonObject(value) && (below === '' || Object.hasOwn(value, key))) {
    const changed = changeValue(value[key] ?? null, below, member);
    return Object.fromEntries([...Object.entries(value).filter(([name]) => name !== key), [key, changed]]);
  }
  const found = Array.isArray(value) ? `a list of ${value.length}` : isJsonObject(value) ? Object.keys(value).join(', ') : 'no object';
  throw new EspalierError('input.invalid', `There is no /${step} to change: found ${found || 'an empty object'}.`);
}
