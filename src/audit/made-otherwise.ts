/** What two extracts were made with that is not the same, as their manifests say it: why their rows can differ. */
import { isSameRequest } from '#extract/same-request';
import { withDashes } from '#records/days';
import type { Manifest, ManifestInputs } from './manifest.ts';

/** `rulebook`, `runDate` and so on: what differs; in a sentence. */
export interface MadeOtherwise {
  readonly what: 'request' | 'rulebook' | 'runDate' | 'columns' | 'records';
  readonly sentence: string;
}

type Compared = Pick<Manifest, 'request' | 'rulebook' | 'runDate' | 'columns' | 'inputs'>;

/**
 * @param before of the earlier extract
 * @returns nothing when both were made with the same; then their rows are the same
 */
export function madeOtherwise(before: Compared, after: Compared): MadeOtherwise[] {
  const found: MadeOtherwise[] = [];
  const say = (what: MadeOtherwise['what'], sentence: string): void => void found.push({ what, sentence });
  if (!isSameRequest(before.request, after.request)) say('request', 'The requests ask for other rows or days.');
  if (before.rulebook.sha256 !== after.rulebook.sha256)
    say('rulebook', `The rulebook changed: from ${named(before.rulebook)} to ${named(after.rulebook)}.`);
  if (before.runDate !== after.runDate)
    say('runDate', `The run date moved from ${withDashes(before.runDate)} to ${withDashes(after.runDate)}.`);
  if (before.columns !== after.columns)
    say('columns', `The column sets are ${before.columns} and ${after.columns}; columns that both have are compared.`);
  const records = recordsSentence(before.inputs, after.inputs);
  if (records !== undefined) say('records', records);
  return found;
}

const SHOWN_OF_HASH = 8;

const named = ({ version, sha256 }: Manifest['rulebook']): string =>
  `version ${version} (${sha256.slice(0, SHOWN_OF_HASH)})`;

function recordsSentence(before: ManifestInputs, after: ManifestInputs): string | undefined {
  if (before.from === 'files' && after.from === 'files') {
    const hashes = ({ files, replacements }: typeof before): string =>
      JSON.stringify([files.map(({ sha256 }) => sha256).sort(), replacements?.sha256]);
    return hashes(before) === hashes(after) ? undefined : 'The files that they were made from are not the same.';
  }
  if (before.from === 'files' || after.from === 'files')
    return 'One was made from files and one from a store, so nobody can tell whether their records are the same.';
  const uploads = (inputs: typeof before): Map<number, string> =>
    new Map(inputs.uploads.map((upload) => [upload.seq, 'id' in upload ? upload.id : upload.keyedHash]));
  const [then, now] = [uploads(before), uploads(after)];
  const [fewer, more] = then.size < now.size ? [then, now] : [now, then];
  if ([...fewer].some(([seq, id]) => isOther(id, more.get(seq)))) return 'They were made from different stores.';
  const uploaded = now.size - then.size;
  if (uploaded === 0) return undefined;
  const files = `${Math.abs(uploaded)} ${Math.abs(uploaded) === 1 ? 'upload' : 'uploads'}`;
  return uploaded > 0 ? `Records changed: ${files} came in between.` : `The first was made from ${files} more.`;
}

const HASH = /^[0-9a-f]{64}$/;

/** A hidden upload has another hash in every extract; of shown ones the ids tell. */
const isOther = (id: string, other: string | undefined): boolean =>
  other !== undefined && !HASH.test(id) && !HASH.test(other) && id !== other;
