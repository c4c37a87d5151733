import type { LoadedManifests } from './load-manifests.ts';
import { type Finding, nodeAt, type Path } from './manifest-document.ts';
import { type ReferenceScope, referenceFindings } from './reference-scope.ts';
import type { Deployment } from './shapes/models.ts';
import type { Entry, SoundEntries } from './sound-entries.ts';

type Reference = readonly [name: string, path: Path];

/** Findings for names of models: `provider/model` names a provider that there is an adapter for, anything else an id of models.yaml. */
export function modelReferences(scope: ReferenceScope, kind: 'deployments' | 'chains' | 'models', ...references: Reference[]): Finding[] {
  return references.flatMap(([name, path]) => (name.includes('/') ? [] : referenceFindings(scope, kind, { name, path })));
}

/** What in models.yaml refers to something that is not there, or is there twice. */
export function modelFindings(sound: SoundEntries, manifests: LoadedManifests, scope: ReferenceScope): Finding[] {
  return [
    ...sound.deployments.flatMap((entry) => deploymentFindings(entry, manifests, scope)),
    ...sound.chains.flatMap(({ value: { steps }, path }) =>
      steps.flatMap((step, index) => {
        const at = [...path, 'steps', index];
        const references = typeof step === 'string' ? [[step, at] as const] : step.map((name, place) => [name, [...at, place]] as const);
        return modelReferences(scope, 'deployments', ...references);
      }),
    ),
    ...sound.routes.flatMap(({ value: { rules, default: otherwise }, path }) => {
      const ofRules = rules.map(({ use }, index) => [use, [...path, 'rules', index, 'use']] as const);
      return modelReferences(scope, 'chains', ...ofRules, [otherwise.use, [...path, 'default', 'use']]);
    }),
    ...duplicates(manifests),
  ];
}

function deploymentFindings({ value, path }: Entry<Deployment>, manifests: LoadedManifests, scope: ReferenceScope): Finding[] {
  const at = [...path, 'credential'];
  const unknown = referenceFindings(scope, 'credentials', { name: value.credential, path: at });
  const credentials = manifests.provider_credentials.value?.provider_credentials ?? [];
  const credential = credentials.find(({ id }) => id === value.credential);
  if (unknown.length > 0 || !credential || credential.provider === value.provider) return unknown;
  const message = `The credential ${credential.id} is of ${credential.provider}, and the deployment ${value.id} of ${value.provider}.`;
  return [{ code: 'manifest.unknown_credential', message, path: at, expected: `a credential of ${value.provider}` }];
}

/** Deployments, chains and routes are named in one place: none may be called like another. */
function duplicates({ models: { document } }: LoadedManifests): Finding[] {
  const seen = new Set<string>();
  return ['deployments', 'chains', 'routes'].flatMap((list) => {
    const items = document ? (nodeAt(document.root, [list])?.items ?? []) : [];
    return items.flatMap((item, index): Finding[] => {
      const id = item.members?.get('id')?.node.value;
      if (typeof id !== 'string') return [];
      const isTaken = seen.has(id);
      seen.add(id);
      const message = `Another deployment, chain or route has the id ${id}.`;
      return isTaken ? [{ code: 'manifest.duplicate_id', message, path: [list, index, 'id'], expected: 'its own id' }] : [];
    });
  });
}
