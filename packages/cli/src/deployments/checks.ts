import type { Workflow } from '@espalier/core';
import type { DeploymentReport } from '@espalier/platform';

/** What a deployment needs so that it can be asked, each in a word or two. Undefined: not looked at, as something before it is missing. */
export interface DeploymentChecks {
  credential: 'found' | 'not needed' | 'missing' | 'unsafe' | 'invalid' | undefined;
  price: 'published' | 'declared' | 'free' | 'unknown' | undefined;
  /** A URL, `standard` for the provider's own, or that it is missing. */
  address: string | undefined;
}

/** What a report says of each need. The platform looks at the model's name first, then at its price, then at its credential. */
export function checksOf(report: DeploymentReport, workflow: Workflow): DeploymentChecks {
  if (report.fault?.code === 'model.unknown') return { credential: undefined, price: undefined, address: undefined };
  return { credential: credentialOf(report, workflow), price: priceOf(report), address: addressOf(report, workflow) };
}

/** Whose prices those of a deployment are: `published` in the table that came with this version, or `declared` in models.yaml. */
export function priceOf({ prices }: DeploymentReport): NonNullable<DeploymentChecks['price']> {
  if (!prices) return 'unknown';
  return prices.version === 'free' || prices.version === 'declared' ? prices.version : 'published';
}

/** Whether it is a language model; the offline engine is none. */
export function isLanguageModel({ candidate }: DeploymentReport): boolean {
  return candidate.provider !== 'offline';
}

/** Why a deployment cannot be asked, in short; `ready` if it can. */
export function stateWord(report: DeploymentReport): string {
  const { fault, state } = report;
  switch (fault?.code) {
    case undefined:
      return state === 'closed' ? 'ready' : 'resting';
    case 'model.unconfigured':
      return isWithoutAddress(report) ? 'no address' : 'no credential';
    case 'credential.missing':
      return 'no credential';
    case 'credential.unsafe_file':
      return 'unsafe credential';
    case 'credential.invalid':
      return 'invalid credential';
    case 'model.unpriced':
      return 'no price';
    case 'model.unknown':
      return 'unknown model';
    default:
      return fault?.code ?? '';
  }
}

function credentialOf(report: DeploymentReport, workflow: Workflow): DeploymentChecks['credential'] {
  switch (report.fault?.code) {
    case undefined:
      return isLanguageModel(report) && (declaredCredential(report, workflow) || !isOwnServer(report)) ? 'found' : 'not needed';
    case 'model.unconfigured':
      return isWithoutAddress(report) ? 'not needed' : 'missing';
    case 'credential.missing':
      return 'missing';
    case 'credential.unsafe_file':
      return 'unsafe';
    case 'credential.invalid':
      return 'invalid';
    default:
      return undefined;
  }
}

function addressOf(report: DeploymentReport, workflow: Workflow): DeploymentChecks['address'] {
  if (!isLanguageModel(report)) return 'this process';
  const address = report.candidate.baseUrl ?? declaredCredential(report, workflow)?.config.base_url;
  if (address !== undefined) return shownAddress(address);
  return isOwnServer(report) ? 'missing' : 'standard';
}

/** A URL without what may be secret in it: a password, a query. */
export function shownAddress(address: string): string {
  const url = URL.parse(address);
  return url ? `${url.origin}${url.pathname}` : '';
}

function declaredCredential({ candidate: { provider, credential } }: DeploymentReport, { providerCredentials }: Workflow) {
  if (credential !== undefined) return providerCredentials.get(credential);
  return [...providerCredentials.values()].find((each) => each.provider === provider);
}

/** Servers of one's own often ask for no key, and nobody knows their address. */
function isOwnServer({ candidate }: DeploymentReport): boolean {
  return candidate.provider === 'openai-compatible';
}

function isWithoutAddress(report: DeploymentReport): boolean {
  return isOwnServer(report) && report.candidate.baseUrl === undefined;
}
