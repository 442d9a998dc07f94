/** What a store's manifests are signed and salted with: made when it is first needed. */
import { randomBytes } from 'node:crypto';
import { accessKey, type ExtractSecret, extractSecret, type MadeFrom, SECRET_BYTES } from '#audit/secret';
import { newSigningKey, SEED_BYTES, type SigningKey } from '#audit/signature';
import type { Store } from '#store/store';

const freshKey = (): SigningKey => newSigningKey(randomBytes(SEED_BYTES), new Date());

/** The key that signs now. */
export const signingKeyOf = (store: Pick<Store, 'signingKey'>): Promise<SigningKey> => store.signingKey(freshKey);

/** Makes another key sign from now on. What earlier keys signed stays valid. */
export async function rotateSigningKey(store: Pick<Store, 'addSigningKey'>): Promise<SigningKey> {
  const key = freshKey();
  await store.addSigningKey(key);
  return key;
}

/** The secret itself, made if need be. */
export const storeSecret = (store: Pick<Store, 'secret'>): Promise<Uint8Array> =>
  store.secret(() => randomBytes(SECRET_BYTES));

/** What an extract from a store is salted with. */
export const secretOf = async (store: Pick<Store, 'secret'>, madeFrom: MadeFrom): Promise<ExtractSecret> =>
  extractSecret(await storeSecret(store), madeFrom);

/** The same, of a store that is only read: `undefined` when no extract with a manifest was made from it yet. */
export async function knownSecretOf(
  store: Pick<Store, 'knownSecret'>,
  madeFrom: MadeFrom,
): Promise<ExtractSecret | undefined> {
  const secret = await store.knownSecret();
  return secret && extractSecret(secret, madeFrom);
}

/** What students in log entries are hashed with. */
export const accessKeyOf = async (store: Pick<Store, 'secret'>): Promise<Uint8Array> =>
  accessKey(await storeSecret(store));
