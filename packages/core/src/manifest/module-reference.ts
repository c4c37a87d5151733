import type { Finding, Path } from './manifest-document.ts';
import { nearestName } from './nearest-name.ts';

/** The file and export that a reference such as `./handlers/x.ts#fn` names. */
export interface ModuleReference {
  /** Relative to the workflow's folder, without the leading `./`. */
  path: string;
  exportName: string | undefined;
}

/** What a module reference is checked against. */
export interface ModuleScope {
  /** Paths of the folder's modules. */
  modules: ReadonlySet<string>;
}

/** True for text that means a file rather than a built-in name. */
export function looksLikeModule(text: string): boolean {
  return /[./\\:#]/.test(text);
}

/** The parts of a reference that `moduleFindings` accepted; undefined for anything else, built-in names included. */
export function parseModuleReference(text: string): ModuleReference | undefined {
  const [specifier = '', exportName, ...rest] = text.split('#');
  if (rest.length > 0 || !staysInside(specifier) || !/\.(?:ts|mts|js|mjs)$/.test(specifier)) return undefined;
  if (exportName !== undefined && !/^[A-Za-z_$][A-Za-z0-9_$]*$/.test(exportName)) return undefined;
  return { path: specifier.slice(2), exportName };
}

interface Demand {
  path: Path;
  /** Whether `#export` may be left out. */
  exportOptional?: boolean;
}

/** Why a module reference cannot be used: it leaves the folder (S26), is malformed, or names a file that is not there. */
export function moduleFindings(text: string, { modules }: ModuleScope, { path, exportOptional = false }: Demand): Finding[] {
  const expected = exportOptional ? './path.ts or ./path.ts#export' : './path.ts#export';
  const specifier = text.split('#', 1)[0] ?? '';
  if (!staysInside(specifier)) {
    const message = `Modules load only from the workflow’s own folder; ${text} does not name a file inside it.`;
    return [{ code: 'manifest.module_not_allowed', message, path, expected }];
  }
  const reference = parseModuleReference(text);
  if (!reference || (reference.exportName === undefined && !exportOptional)) {
    const message = `${text} does not name an export of a .ts, .mts, .js or .mjs module.`;
    return [{ code: 'manifest.module_invalid', message, path, expected }];
  }
  if (modules.has(reference.path)) return [];
  const message = `The folder holds no module ${reference.path}.`;
  const nearest = nearestName(reference.path, modules);
  return [{ code: 'manifest.module_missing', message, path, expected: 'a module of the folder', nearest: nearest && `./${nearest}` }];
}

/** A directory or file below the one that it is relative to; `.` is that one itself. */
export function insideFindings(text: string, path: Path): Finding[] {
  const trimmed = text.endsWith('/') ? text.slice(0, -1) : text;
  if (trimmed === '.' || staysInside(trimmed.startsWith('./') ? trimmed : `./${trimmed}`)) return [];
  return [
    {
      code: 'manifest.path_not_allowed',
      message: `${text} is not a relative path that stays inside.`,
      path,
      expected: 'a path such as ./docs',
    },
  ];
}

/** Whether text is `./` and then plain names: no `..`, nothing absolute, no scheme, no escapes that a loader would decode. */
export function staysInside(text: string): boolean {
  return text.startsWith('./') && text.slice(2).split('/').every(isPlainName);
}

function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[\\:?%]/.test(name);
}
