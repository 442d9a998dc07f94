/** `/extracts/ID/proof`: can it be proved? The manifest, whether it holds, and the proof of one row. */
import type { Manifest } from '#audit/manifest';
import type { Finding, Verification } from '#service/schemas/verification';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { progress, table, tokenField } from '../parts.ts';
import type { Person } from '../sessions.ts';
import type { Page } from '../visit.ts';
import { day, moment, number } from '../words.ts';
import { identifiedOf } from './of-extract.ts';

const WHAT: Readonly<Record<Finding['what'], string>> = {
  extract: 'The extract',
  manifest: 'The manifest',
  signature: 'The signature',
  file: 'The file',
  madeAgain: 'Made again',
};

const OUTCOMES: Readonly<Record<Finding['outcome'], string>> = {
  holds: 'holds',
  differs: 'does not hold',
  unknown: 'cannot be told',
};

function answerOf({ status, findings }: Verification): string {
  if (status === 'None') return 'It was not verified lately. Verify it to find out.';
  if (status === 'Processing') return 'It is being verified: made again, and every byte compared.';
  if (findings.every(({ outcome }) => outcome === 'holds')) return 'Yes. It is what it says it is, to the byte.';
  return findings.some(({ outcome }) => outcome === 'differs')
    ? 'No. Something is not as it was when the extract was made.'
    : 'Not all of it. What is left holds.';
}

export function view(
  person: Person,
  { id, identified }: { readonly id: string; readonly identified: string },
  manifest: Manifest,
  verification: Verification,
): string {
  const { status, findings, verifiedAt } = verification;
  const address = `/extracts/${id}`;
  const isUnderWay = status === 'Processing';
  return frame({
    title: 'Can you prove it?',
    person,
    identified,
    above: [
      ['Extracts', '/extracts'],
      ['Extract', address],
    ],
    ...(isUnderWay && { again: 5 }),
    main: html`<p class="answer">${answerOf(verification)}</p>
!${
      isUnderWay
        ? html`!${progress('How far it is', verification.progress)}<p><a class="button" href="${address}/proof">Look again</a></p>`
        : html`<form method="post" action="${address}/proof">!${tokenField(person)}<p><button>${status === 'None' ? 'Verify' : 'Verify again'}</button></p></form>`
    }
!${
      findings.length > 0
        ? table(
            `Verified ${verifiedAt === undefined ? '' : moment(verifiedAt)}`,
            [{ name: 'What' }, { name: 'Outcome' }, { name: 'What was found' }],
            findings.map(({ what, outcome, sentence }) => [
              WHAT[what],
              {
                html: html`<span class="outcome !${outcome === 'holds' ? 'true' : 'false'}">${OUTCOMES[outcome]}</span>`,
              },
              sentence,
            ]),
          )
        : ''
    }
<section aria-labelledby="manifest"><h2 id="manifest">The manifest</h2>
<p>It says what the extract was made from and what came out, and holds no student. <a class="button" href="${address}/manifest">Download the manifest</a></p>
<dl><dt>Made as of</dt><dd>${day(manifest.runDate)}</dd>
<dt>Rows</dt><dd>${number(manifest.rows)}</dd>
<dt>Signed with</dt><dd>!${manifest.signature ? html`the key <code>${manifest.signature.key}</code>` : 'no key'}</dd>
<dt>SHA-256 of the manifest</dt><dd><code>${manifest.sha256}</code></dd>
<dt>One hash of all rows (Merkle root)</dt><dd><code>${manifest.merkleRoot}</code></dd></dl>
<p class="hint">Keep the SHA-256 of the manifest in another place: whoever can change an extract can write a new manifest too. Without this service: <code>cenr verify MANIFEST --store STORE --file EXTRACT</code></p></section>
<section aria-labelledby="row"><h2 id="row">One row</h2>
<p>The proof of a row shows that it is in the extract, and nothing of any other row. <code>cenr verify --proof PROOF MANIFEST</code> checks it.</p>
<form method="post" action="${address}/proof-of-row" class="search">!${tokenField(person)}
<label for="ssid">SSID</label> <input id="ssid" name="ssid" inputmode="numeric" pattern="[0-9]{10}" required size="12">
<label for="school">School</label> <input id="school" name="school" pattern="[0-9A-Za-z]{1,7}" required size="8">
<label for="grade">Grade</label> <input id="grade" name="grade" pattern="[0-9A-Za-z]{1,2}" required size="3">
<button>Download the proof</button></form></section>`,
  });
}

export const proof: Page = {
  path: '/extracts/:id/proof',
  async get(visit) {
    const address = `/v1/extracts/${visit.part('id')}`;
    const [manifest, verification] = await Promise.all([
      visit.ask<Manifest>(`${address}/manifest`),
      visit.ask<Verification>(`${address}/verification`),
    ]);
    const of = { id: visit.params['id'] as string, identified: await identifiedOf(visit) };
    return view(visit.person, of, manifest.body, verification.body);
  },
  async post(visit) {
    await visit.ask({ method: 'POST', url: `/v1/extracts/${visit.part('id')}/verification` });
    return visit.go(`/extracts/${visit.part('id')}/proof`);
  },
};

/** A number that is typed goes into the path: an address bar shows it, a log of queries does not. */
export const proofOfRow: Page = {
  path: '/extracts/:id/proof-of-row',
  async post(visit) {
    const [ssid, school, grade] = ['ssid', 'school', 'grade'].map((name) =>
      encodeURIComponent(String(visit.form[name] ?? '').trim()),
    );
    visit.reply.header('content-disposition', 'attachment; filename="proof.json"');
    return visit.passOn(`/v1/extracts/${visit.part('id')}/rows/${ssid}/${school}/${grade}/proof`);
  },
};
