import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ProviderCredential } from '@espalier/core';
import type { CredentialSources } from './resolve-credential.ts';

/** What no message, detail or report may hold; pieces of it would be a leak too. */
export const key = 'sk-ant-api03-Zq8vXw';
export const keyPieces = ['sk-ant', 'api03', 'Zq8vXw'];

type Auth = ProviderCredential['auth'];

/** A credential of the provider anthropic. */
export function credential(auth: Auth): ProviderCredential {
  return { id: 'main', provider: 'anthropic', auth, config: {} };
}

/** One whose secret lies in a file. */
export function inFile(path: string, fileKey?: string): ProviderCredential {
  return credential({ type: 'api_key', source: 'file', file_path: path, ...(fileKey === undefined ? {} : { file_key: fileKey }) });
}

/** One whose secret is in a variable. */
export function inVariable(name: string): ProviderCredential {
  return credential({ type: 'api_key', source: 'env', env_var: name });
}

/** A temporary directory with a workflow's directory and a home in it, and a way to look for credentials there. */
export async function temporaryPlace(variables: Readonly<Record<string, string>> = {}) {
  const path = await mkdtemp(join(tmpdir(), 'espalier-credentials-'));
  const [directory, home] = [join(path, 'workflow'), join(path, 'home')];
  await mkdir(directory);
  await mkdir(home);
  const sources: CredentialSources = { directory, home, variable: (name) => variables[name], user: process.getuid?.() };
  return {
    path,
    directory,
    home,
    sources,
    /** Writes a file below the workflow's directory, for its owner alone unless `mode` says otherwise. */
    async file(name: string, content: string | Uint8Array, mode = 0o600): Promise<string> {
      const target = join(directory, name);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content);
      await chmod(target, mode);
      return target;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
