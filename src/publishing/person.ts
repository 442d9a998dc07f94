/** Who acts with an API key, and what that key lets them do. */

export type Role = 'vendor' | 'auditor' | 'policy' | 'admin';

export const ROLES: readonly Role[] = ['vendor', 'auditor', 'policy', 'admin'];

/**
 * Somebody who acts with an API key. Keys with one name are one person's: who lost a key gets another under the same
 * name.
 */
export interface Person {
  readonly keyId: string;
  /** The name of the key. */
  readonly name: string;
}
