/** Signatures of manifests: the same for the same manifest and key, and none that holds for anything else. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { type Manifest, manifestBytes, readManifest } from '#audit/manifest';
import { newSigningKey, publicPart, readPublicKeys, signatureDifference, signedManifest } from '#audit/signature';

const MANIFEST = readManifest(readFileSync(new URL('format-1/manifest.json', import.meta.url)));
const NOW = new Date('2026-11-28T00:00:00Z');
const key = newSigningKey(new Uint8Array(32).fill(7), NOW);
const other = newSigningKey(new Uint8Array(32).fill(8), NOW);

t.test('a key of RFC 8032 has the public part that the RFC gives', (t) => {
  // Section 7.1, test 1.
  const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
  const { publicKey } = newSigningKey(seed, NOW);
  const der = Buffer.from(publicKey.split('\n').slice(1, -2).join(''), 'base64');
  t.equal(der.subarray(-32).toString('hex'), 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
  t.throws(() => newSigningKey(seed.subarray(1), NOW), { name: 'RangeError' });
  t.end();
});

t.test('the same manifest and key give the same bytes', (t) => {
  const signed = signedManifest(MANIFEST, key);
  t.same(manifestBytes(signedManifest(signed, newSigningKey(new Uint8Array(32).fill(7), NOW))), manifestBytes(signed));
  t.same(readManifest(manifestBytes(signed)), signed);
  t.equal(signed.sha256, MANIFEST.sha256, 'the signature is no part of what it signs');
  t.end();
});

t.test('only the key that signed checks the signature, and only of what it signed', (t) => {
  const signed = signedManifest(MANIFEST, key);
  const public_ = [publicPart(other), publicPart(key)];
  t.notMatch(JSON.stringify(public_), /private/i);
  t.equal(signatureDifference(signed, public_), undefined, 'of several keys the one that signed');
  t.match(
    signatureDifference(signed, [other]),
    `signed with the key ${key.id}, which is not one of the given keys: ${other.id}`,
  );
  t.match(signatureDifference(MANIFEST, public_), /is not signed/);
  const signature = signed.signature as NonNullable<Manifest['signature']>;
  const held: string[] = [];
  const refuse = (changed: Manifest, what: string): void => {
    if (signatureDifference(changed, public_) === undefined) held.push(what);
  };
  refuse({ ...signed, sha256: 'ab'.repeat(32) }, 'another SHA-256');
  refuse({ ...signed, signature: { ...signature, key: other.id } }, 'another key');
  refuse({ ...signed, signature: { ...signature, algorithm: 'none' as 'Ed25519' } }, 'another algorithm');
  for (let at = 0; at < signature.value.length; at++) {
    const value = `${signature.value.slice(0, at)}${signature.value[at] === 'A' ? 'B' : 'A'}${signature.value.slice(at + 1)}`;
    refuse({ ...signed, signature: { ...signature, value } }, `character ${at}`);
  }
  refuse({ ...signed, signature: { ...signature, value: `${signature.value}\n` } }, 'another form in base64');
  t.same(held, []);
  t.end();
});

t.test('public keys are read as they are given, and nothing else is', (t) => {
  const keys = [publicPart(key), publicPart(other)];
  t.same(readPublicKeys(JSON.stringify({ keys }), 'keys.json'), keys);
  for (const [text, sentence] of [
    ['keys', /"keys\.json" has no public keys: it is not JSON; expected what cenr signing-key list --json/],
    ['null', /there is no list of keys in it/],
    ['{"keys":[]}', /there is no list of keys in it/],
    [JSON.stringify({ keys: [{ ...keys[0], publicKey: 'x' }] }), /key 1 cannot be read/],
    [
      JSON.stringify({ keys: [keys[0], { ...keys[1], id: keys[0]?.id }] }),
      /key 2 has the id \w+, and its content gives \w+/,
    ],
  ] as const)
    t.throws(() => readPublicKeys(text, 'keys.json'), { name: 'UserError', message: sentence });
  t.end();
});
