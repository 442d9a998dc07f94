/** The parts of a store, each a file of every store. */
import type { Store } from './store.ts';

export type DraftPart = Pick<Store, 'addDraft' | 'draft' | 'drafts' | 'replaceDraft' | 'publishDraft'>;
export type KeyPart = Pick<
  Store,
  | 'addKey'
  | 'keys'
  | 'keyByHash'
  | 'key'
  | 'revokeKey'
  | 'expireKey'
  | 'noteKeyUse'
  | 'keyUses'
  | 'answer'
  | 'beginAnswer'
  | 'forgetAnswers'
>;
export type OutboxPart = Pick<Store, 'outbox' | 'addWebhook' | 'webhooks' | 'removeWebhook'>;
export type PersonPart = Pick<Store, 'addPerson' | 'persons' | 'person' | 'personAt' | 'replacePerson'>;
export type ReferencePart = Pick<Store, 'loadReferences' | 'references' | 'referenceLoads'>;
export type RulebookPart = Pick<
  Store,
  | 'keepRulebook'
  | 'rulebook'
  | 'rulebookTexts'
  | 'rulebooks'
  | 'versions'
  | 'activate'
  | 'activations'
  | 'cancelActivation'
  | 'confirmActivation'
>;
export type SecretPart = Pick<Store, 'signingKey' | 'addSigningKey' | 'signingKeys' | 'secret' | 'knownSecret'>;
export type SessionPart = Pick<
  Store,
  'addSession' | 'session' | 'useSession' | 'sayPurpose' | 'chooseLEA' | 'endSession' | 'endSessions'
>;
