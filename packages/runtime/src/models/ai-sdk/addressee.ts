import type { Secret } from '../../credentials/secret.ts';

/** Who a request is sent to, as failures tell it. */
export interface Addressee {
  provider: string;
  model: string;
  /** The id of the credential that the key is from. */
  credential: string | undefined;
  /** Never shown: whatever a failure says is searched for it. */
  key: Secret | undefined;
}
