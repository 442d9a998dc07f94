/** Draft, approve, publish, go back: each line of a table is one thing somebody tries, and what comes of it. */
import t from 'tap';
import type { Activation } from '#publishing/activation';
import type { Actor } from '#publishing/actor';
import type { DraftWithTexts } from '#publishing/draft';
import { basesAt, heldBack, inEffectAt } from '#publishing/in-effect';
import type { Choices } from '#publishing/merge';
import { confirm, confirmUntil, publish, restore, withdraw } from '#publishing/publish';
import { isRefused, REFUSALS, type Refused } from '#publishing/refusals';
import {
  approve,
  createDraft,
  deleteDraft,
  putFile,
  rebase,
  recordCheck,
  removeFile,
  reopen,
  retitle,
  seeImpact,
  submit,
} from '#publishing/workflow';
import { hashOf } from '#rulebook/load/texts';
import {
  ADA,
  ANA,
  ANA_AGAIN,
  approved,
  BEN,
  CAM,
  checked,
  checkOf,
  created,
  done,
  edited,
  FIELD,
  FIRST,
  impactOf,
  inEffect,
  minute,
  NUMBERS,
  SECOND,
  seen,
  submitted,
  VAL,
  version,
} from './drafts.ts';

const NOW = minute(10);
const OLD_YEAR = { ...NUMBERS, coversNewestYear: false };
const ONE = { approvals: 1 } as const;
const TWO = { approvals: 2 } as const;
const ACTIVATIONS = inEffect([FIRST, 0]);
const [first, second] = [hashOf(FIRST), hashOf(SECOND)];

const put = (draft: DraftWithTexts, path: string, text = '{}', by: Actor = ANA) =>
  putFile(draft, { path, text }, by, NOW);
const create = (words: { title?: string; reason?: string }, by: Actor = ANA) =>
  createDraft({ id: 'draft_2', title: 'A title', reason: '', from: version(FIRST), ...words }, by, NOW);
const publishing = (draft: DraftWithTexts, more: Partial<Parameters<typeof publish>[3]> = {}, by: Actor = BEN) =>
  publish(draft, by, NOW, { settings: ONE, activations: ACTIVATIONS, ...more });
const reopening = (draft: DraftWithTexts, by: Actor = BEN, activations = ACTIVATIONS) =>
  reopen(draft, by, NOW, { why: 'the date', activations });
const restoring = (
  hash: string,
  activations: Parameters<typeof restore>[3]['activations'],
  reason = 'counted wrongly',
  by: Actor = BEN,
) => restore(hash, by, NOW, { reason, activations });
const withCheck = (found: Parameters<typeof checkOf>[1]) =>
  done(recordCheck(submitted, checkOf(submitted, found), NOW));

const published = done(publishing(approved)).draft;
const deleted = done(deleteDraft(edited, ANA, NOW));
const later = done(publishing(approved, { from: minute(20) }));
const scheduled = [...ACTIVATIONS, { ...later.activation, seq: 2 }];
const withdrawn = [...ACTIVATIONS, { ...later.activation, seq: 2, withdrawnAt: minute(11) }];
/** The second version took effect since. */
const MOVED = inEffect([FIRST, 0], [SECOND, 6]);
const onceApproved = done(approve(done(seeImpact(submitted, impactOf(submitted), CAM, NOW)), BEN, NOW, TWO));
/** Ana's draft on top of the second version. */
const rebasing = (draft: DraftWithTexts, by: Actor = ANA, choices: Choices = {}) =>
  rebase(draft, { base: FIRST, onto: version(SECOND), choices }, by, NOW);
const restored: Activation[] = [...MOVED, { ...done(restoring(first, MOVED)), seq: 3 }];

const REFUSED: readonly (readonly [tries: string, outcome: object, refused: Refused['refused'], says: RegExp])[] = [
  ['a vendor makes a draft', create({}, VAL), 'role-missing', /The role of this key is vendor.*policy or admin/],
  ['a vendor publishes', publishing(approved, {}, VAL), 'role-missing', /vendor/],
  ['a vendor restores', restoring(first, MOVED, 'because', VAL), 'role-missing', /vendor/],
  ['a vendor withdraws', withdraw(2, VAL, NOW, scheduled), 'role-missing', /vendor/],
  ['a draft without a title', create({ title: '  ' }), 'title-invalid', /0 characters; expected 1 to 200/],
  ['a title that turns the direction', create({ title: 'a\u202eb' }), 'title-invalid', /cannot be printed/],
  ['a title of two lines', create({ title: 'a\nb' }), 'title-invalid', /line break/],
  ['a reason with a bell', create({ reason: 'a\nb\u0007' }), 'reason-invalid', /cannot be printed/],
  ['a title that is a document', create({ title: 'x'.repeat(201) }), 'title-invalid', /201 characters/],
  [
    'a reason that is a book',
    create({ reason: 'x'.repeat(4001) }),
    'reason-invalid',
    /4001 characters; expected at most 4000/,
  ],

  [
    'somebody else changes a file',
    put(edited, FIELD, '{}', BEN),
    'not-the-author',
    /Ana wrote this draft, and only its author can change or submit it.*Ask Ana/,
  ],
  ['an admin changes a file', put(edited, FIELD, '{}', ADA), 'not-the-author', /Ask Ana/],
  ['somebody else takes a file out', removeFile(edited, FIELD, BEN, NOW), 'not-the-author', /Ask Ana/],
  ['somebody else finds another title', retitle(edited, { title: 'Mine' }, BEN, NOW), 'not-the-author', /Ask Ana/],
  [
    'a published draft is changed',
    put(published, FIELD),
    'not-in-this-state',
    /state "published".*"draft" or "submitted" or "approved"\. Make a new draft/,
  ],
  ['a deleted draft is changed', put(deleted, FIELD), 'not-in-this-state', /state "deleted".*Make a new draft/],
  [
    'a file beside the rules',
    put(edited, 'rules/notes.json'),
    'path-invalid',
    /A rulebook cannot have a file at "rules\/notes.json"\. Expected rules\/rulebook.json/,
  ],
  ['a file that is not JSON by name', put(edited, 'rules/fields/51.txt'), 'path-invalid', /"rules\/fields\/51.txt"/],
  ['a file of the program', put(edited, 'schemas/grammar/field.schema.json'), 'path-invalid', /cannot have a file at/],
  ['a file outside', put(edited, 'rules/fields/../../x.json'), 'path-invalid', /cannot have a file at/],
  [
    'a hidden file, which the loader would leave out',
    put(edited, 'rules/fields/.51.json'),
    'path-invalid',
    /cannot have a file at/,
  ],
  ['a name with a line feed', put(edited, 'rules/fields/5\n1.json'), 'path-invalid', /"rules\/fields\/5\\n1.json"/],
  ['an endless name', put(edited, `rules/fields/${'5'.repeat(1000)}.json`), 'path-invalid', /5{100}"/],
  ['a name that differs by its capitals', put(edited, 'rules/Rulebook.json'), 'path-invalid', /cannot have a file at/],
  [
    'and one of a field',
    put(edited, FIELD.replace('foster', 'Foster')),
    'path-invalid',
    /has a file rules\/fields\/51-foster-youth.json/,
  ],
  ['a text with half a character', put(edited, FIELD, '"\ud800"'), 'text-invalid', /lone surrogate/],
  [
    'a file of 10 MB',
    put(edited, FIELD, ' '.repeat(10_000_000)),
    'too-large',
    /has 10000000 characters; a rule file has at most 1000000/,
  ],
  [
    'a file that is not there is taken out',
    removeFile(edited, 'rules/fields/51-foster-yuth.json', ANA, NOW),
    'no-such-file',
    /Did you mean "rules\/fields\/51-foster-youth.json"/,
  ],

  [
    'a check of the files before they were changed',
    recordCheck(edited, checkOf(created), NOW),
    'check-outdated',
    /changed during the check/,
  ],
  ['a check of a published draft', recordCheck(published, checkOf(published), NOW), 'not-in-this-state', /"published"/],
  [
    'an impact report that is not finished',
    seeImpact(checked, impactOf(checked, first, { status: 'Processing' }), BEN, NOW),
    'impact-unfinished',
    /status of the impact report is Processing/,
  ],
  [
    'an impact report on the files before they were changed',
    seeImpact(checked, impactOf(created), BEN, NOW),
    'impact-outdated',
    /Request a new report/,
  ],
  [
    'an impact report on another draft',
    seeImpact(checked, impactOf(checked, first, { draft: 'draft_9' }), BEN, NOW),
    'impact-outdated',
    /Request a new report/,
  ],

  ['somebody else submits', submit(seen, BEN, NOW, [first]), 'not-the-author', /Ask Ana/],
  [
    'submitted twice',
    submit(submitted, ANA, NOW, [first]),
    'not-in-this-state',
    /it can be submitted in the state "draft"/,
  ],
  [
    'submitted without a reason',
    submit(done(retitle(seen, { reason: ' ' }, ANA, NOW)), ANA, NOW, [first]),
    'reason-invalid',
    /There is no reason/,
  ],
  [
    'submitted without a change',
    submit(created, ANA, NOW, [first]),
    'nothing-changed',
    /Change a file, or delete the draft/,
  ],
  [
    'submitted with the change undone',
    submit(done(removeFile(edited, FIELD, ANA, NOW)), ANA, NOW, [first]),
    'nothing-changed',
    /the same as in the version/,
  ],

  ['the author approves', approve(submitted, ANA, NOW, ONE), 'own-draft', /does not have the name "Ana"/],
  [
    'the author approves with another key',
    approve(submitted, ANA_AGAIN, NOW, ONE),
    'own-draft',
    /You wrote this draft/,
  ],
  [
    'the author approves under another name',
    approve(submitted, { ...ANA, name: 'Anna' }, NOW, ONE),
    'own-draft',
    /You wrote this draft/,
  ],
  ['approved before it is submitted', approve(seen, BEN, NOW, ONE), 'not-in-this-state', /Submit it first/],
  ['approved by one more than needed', approve(approved, CAM, NOW, ONE), 'not-in-this-state', /"approved"/],
  [
    'approved twice by one',
    approve(onceApproved, BEN, NOW, TWO),
    'approved-already',
    /Ask another person to approve it too/,
  ],
  [
    'approved unchecked',
    approve({ ...submitted, checked: checkOf(created) }, BEN, NOW, ONE),
    'check-outdated',
    /Check it again/,
  ],
  [
    'approved with errors',
    approve(withCheck({ errors: 1 }), BEN, NOW, ONE),
    'check-has-errors',
    /found 1 error\. Correct all errors/,
  ],

  [
    'published unchecked',
    publishing(done(submit(edited, ANA, NOW, [first]))),
    'check-missing',
    /Check the draft first/,
  ],
  ['published with errors', publishing(withCheck({ errors: 2 })), 'check-has-errors', /2 errors/],
  [
    'published with examples that fail',
    publishing(withCheck({ examplesFailed: 3 })),
    'examples-fail',
    /Of 300 examples, 3 failed/,
  ],
  [
    'approved by somebody who did not read what it changes',
    approve(submitted, CAM, NOW, ONE),
    'impact-missing',
    /You have not read what these files change\. Request an impact report/,
  ],
  [
    'approved on a report for another year',
    approve(
      { ...submitted, impactRead: submitted.impactRead.map((read) => ({ ...read, numbers: OLD_YEAR })) },
      BEN,
      NOW,
      ONE,
    ),
    'impact-missing',
    /does not cover 2026-2027, the newest academic year/,
  ],
  [
    'approved on a report against another version',
    approve({ ...submitted, from: second }, BEN, NOW, ONE),
    'impact-missing',
    /You have not read/,
  ],
  ['somebody else rebases', rebasing(edited, BEN), 'not-the-author', /Ask Ana/],
  ['a published draft is rebased', rebasing(published), 'not-in-this-state', /"published"/],
  [
    'rebased onto what it was made from',
    rebase(edited, { base: FIRST, onto: version(FIRST), choices: {} }, ANA, NOW),
    'rebased-already',
    /No action needed/,
  ],
  [
    'rebased where both changed the same',
    rebasing(done(put(edited, 'rules/rulebook.json', '{ "version": "third" }'))),
    'merge-conflict',
    /rules\/rulebook\.json, at version: it was "first"; yours is "third", theirs "second"\. Choose for each file/,
  ],
  [
    'submitted on top of what is no longer in effect',
    submit(seen, ANA, NOW, [second]),
    'not-rebased',
    /Rebase the draft/,
  ],
  [
    'published unapproved',
    publishing(submitted),
    'approvals-missing',
    /has 0 approvals and needs 1\. Somebody who is not the author/,
  ],
  ['published before it is submitted', publishing(seen), 'approvals-missing', /The author must submit it/],
  [
    'approved by one where two are required',
    publishing(approved, { settings: TWO }),
    'approvals-missing',
    /has 1 approval and needs 2/,
  ],
  [
    'another version took effect since',
    publishing(approved, { activations: MOVED }),
    'not-rebased',
    /made from the version .* it would undo what was changed since\. Rebase the draft/,
  ],
  [
    'another will have by then',
    publishing(approved, { activations: inEffect([FIRST, 0], [SECOND, 15]), from: minute(20) }),
    'not-rebased',
    /would undo/,
  ],
  [
    'the same files are in effect',
    publishing(approved, { activations: inEffect([approved.texts, 0]) }),
    'in-effect-already',
    /nothing to publish/,
  ],
  [
    'for a moment that is past',
    publishing(approved, { from: minute(9) }),
    'moment-past',
    /is in the past; it is now 2026-11-23T08:10:00.000Z/,
  ],
  [
    'for a day without a time',
    publishing(approved, { from: '2026-12-01' }),
    'moment-invalid',
    /Write day, time and offset/,
  ],
  ['for a day that is none', publishing(approved, { from: '2027-02-30T00:00:00Z' }), 'moment-invalid', /is not a time/],
  [
    'for an hour that is none',
    publishing(approved, { from: '2027-02-20T25:00:00Z' }),
    'moment-invalid',
    /is not a time/,
  ],
  [
    'beyond the calendar',
    publishing(approved, { from: '9999-12-31T23:59:00-08:00' }),
    'moment-invalid',
    /is not a time/,
  ],
  ['published twice', publishing(published), 'not-in-this-state', /"published"/],
  ['a deleted draft', publishing(deleted), 'not-in-this-state', /"deleted"/],

  ['a draft that was not submitted is sent back', reopening(seen), 'not-in-this-state', /"draft"/],
  ['a published one is', reopening(published), 'not-in-this-state', /"published"/],
  [
    'one that is to take effect is',
    reopening({ ...later.draft, publishedAs: 2 }, BEN, scheduled),
    'not-in-this-state',
    /activation was canceled can be reopened/,
  ],
  ['somebody else deletes', deleteDraft(edited, BEN, NOW), 'not-the-author', /Ask Ana/],
  ['a published draft is deleted', deleteDraft(published, ADA, NOW), 'not-in-this-state', /"published"/],

  ['restored without a reason', restoring(first, MOVED, ' '), 'reason-invalid', /There is no reason/],
  ['restored what nobody approved', restoring('c', MOVED), 'never-in-effect', /nobody approved it/],
  [
    'restored what is yet to take effect',
    restoring(second, inEffect([FIRST, 0], [SECOND, 20])),
    'never-in-effect',
    /Make a draft from it/,
  ],
  [
    'restored what was withdrawn',
    restoring(second, inEffect([FIRST, 0], [SECOND, 5, 4])),
    'never-in-effect',
    /never in effect/,
  ],
  ['restored what is in effect', restoring(second, MOVED), 'in-effect-already', /already in effect/],
  [
    'an activation that is not there is withdrawn',
    withdraw(9, BEN, NOW, scheduled),
    'no-such-activation',
    /no activation 9; there are 2/,
  ],
  [
    'one that has begun is',
    withdraw(1, BEN, NOW, scheduled),
    'begun-already',
    /Restore the version that was in effect before it/,
  ],
  [
    'one that begins at this moment is',
    withdraw(2, BEN, NOW, inEffect([FIRST, 0], [SECOND, 10])),
    'begun-already',
    /Restore/,
  ],
  ['one that was withdrawn is', withdraw(2, BEN, NOW, withdrawn), 'withdrawn-already', /No action needed/],
  [
    'one that a later was compared with is',
    withdraw(2, BEN, NOW, inEffect([FIRST, 0], [SECOND, 20], [FIRST, 30])),
    'another-to-come',
    /Cancel activation 3 first/,
  ],
  ['what nobody restored is confirmed', confirm(2, CAM, MOVED), 'not-restored', /The list of versions says/],
  ['confirmed by who restored it', confirm(3, BEN, restored), 'own-restore', /Ask somebody else to confirm it/],
  [
    'confirmed twice',
    confirm(3, CAM, [...MOVED, { ...(restored[2] as Activation), confirmed: { keyId: 'k', name: 'Dan', at: NOW } }]),
    'confirmed-already',
    /Dan confirmed activation 3/,
  ],
  ['a vendor confirms', confirm(3, VAL, restored), 'role-missing', /vendor/],
];

t.test('what is refused, with what was found, what is expected and what to do', (t) => {
  for (const [tries, outcome, refused, says] of REFUSED) t.match(outcome, { refused, message: says }, tries);
  for (const code of REFUSALS)
    t.ok(
      REFUSED.some(([, , refused]) => refused === code),
      `${code} is refused above`,
    );
  t.end();
});

t.test('too many files, or too much in all, are refused', (t) => {
  const many = {
    ...edited,
    texts: Array.from({ length: 1000 }, (_, i) => ({ path: `rules/fields/${i}.json`, text: '' })),
  };
  t.match(put(many, FIELD), { refused: 'too-large', message: /more than 1000 files/ });
  t.notOk(isRefused(put(many, 'rules/fields/7.json')), 'replacing one is not adding one');
  const large = {
    ...edited,
    texts: Array.from({ length: 10 }, (_, i) => ({ path: `rules/fields/${i}.json`, text: ' '.repeat(1_000_000) })),
  };
  t.match(put(large, FIELD, ' '), {
    refused: 'too-large',
    message: /10000001 characters; together they have at most 10000000/,
  });
  t.end();
});

t.test('from the version in effect to the next', (t) => {
  t.match(created, {
    state: 'draft',
    revision: 1,
    from: first,
    hash: first,
    author: { keyId: ANA.keyId, name: 'Ana' },
    texts: FIRST,
    approvals: [],
  });
  const files = [...edited.texts];
  const from = { hash: hashOf(files), texts: files.toReversed() };
  t.strictSame(done(createDraft({ id: 'draft_2', title: 'A title', reason: '', from }, ANA, NOW)).texts, files);
  t.strictSame(
    edited.texts.map(({ path }) => path),
    [FIELD, 'rules/rulebook.json'],
    'in order of path',
  );
  t.equal(edited.hash, hashOf(edited.texts));
  t.same(
    [created, edited, checked, seen, submitted, approved, published].map(({ revision, state }) => [revision, state]),
    [
      [1, 'draft'],
      [2, 'draft'],
      [3, 'draft'],
      [4, 'draft'],
      [5, 'submitted'],
      [6, 'approved'],
      [7, 'published'],
    ],
  );
  t.strictSame(done(publishing(approved, {}, CAM)).activation, {
    hash: approved.hash,
    from: NOW,
    how: 'published',
    createdAt: NOW,
    by: { keyId: CAM.keyId, name: 'Cam' },
    author: { keyId: ANA.keyId, name: 'Ana' },
    approvers: [{ keyId: BEN.keyId, name: 'Ben', read: { impact: 'im_1', against: first, numbers: NUMBERS } }],
    base: first,
    reason: 'Program 190 is reported',
    draft: 'draft_1',
  });
  t.equal(
    done(publishing(approved, { from: '2026-12-01T00:00-08:00' })).activation.from,
    '2026-12-01T08:00:00.000Z',
    'as activations are compared',
  );
  t.end();
});

t.test('where two are required, two approve', (t) => {
  t.match(onceApproved, { state: 'submitted', approvals: [{ name: 'Ben', at: NOW }] });
  t.match(approve(onceApproved, CAM, NOW, TWO), { state: 'approved', approvals: [{ name: 'Ben' }, { name: 'Cam' }] });
  t.match(
    approve(done(seeImpact(approved, impactOf(approved), CAM, NOW)), CAM, NOW, TWO),
    { state: 'approved', approvals: [{ name: 'Ben' }, { name: 'Cam' }] },
    'also when two were required afterwards',
  );
  t.end();
});

t.test('a changed file takes back what was said of the files before', (t) => {
  for (const [what, next] of [
    ['replaced', done(put(approved, FIELD, '{ "field": "52" }'))],
    ['added', done(put(approved, 'rules/fields/52.json'))],
    ['removed', done(removeFile(approved, 'rules/rulebook.json', ANA, NOW))],
  ] as const) {
    t.match(next, { state: 'draft', approvals: [], revision: approved.revision + 1, changedAt: NOW }, what);
    t.strictSame([next.checked, next.impactRead, next.submittedAt], [undefined, [], undefined]);
    t.not(next.hash, approved.hash);
  }
  t.end();
});

t.test('other words take back approvals; check and impact are of the files', (t) => {
  const next = done(retitle(approved, { reason: 'Another' }, ANA, NOW));
  t.match(next, { state: 'draft', approvals: [], title: 'Foster Youth', reason: 'Another' });
  t.strictSame([next.checked, next.impactRead], [approved.checked, approved.impactRead]);
  t.end();
});

t.test('what changes nothing leaves the draft as it is', (t) => {
  t.equal(put(approved, FIELD, '{ "field": "51" }'), approved);
  t.equal(retitle(approved, { title: ' Foster Youth ' }, ANA, NOW), approved);
  t.equal(seeImpact(approved, impactOf(approved), BEN, NOW), approved, 'who reads a report twice');
  t.equal(
    seeImpact(checked, impactOf(checked, first, { numbers: { ...NUMBERS, hasRows: false } }), BEN, NOW),
    checked,
    'a report about nobody who has a row shows nothing',
  );
  t.equal(
    seeImpact(seen, impactOf(seen, first, { id: 'im_2', numbers: OLD_YEAR }), BEN, NOW),
    seen,
    'a report for another year, opened after the one that counts',
  );
  t.match(seeImpact(approved, impactOf(approved), CAM, NOW), {
    impactRead: [{ by: { name: 'Ben' } }, { by: { name: 'Cam' }, numbers: { values: 12 } }],
    revision: 7,
  });
  t.end();
});

t.test('a draft is sent back with a word, and keeps its check', (t) => {
  const back = done(reopening(approved));
  t.match(back, {
    state: 'draft',
    approvals: [],
    reopened: { name: 'Ben', at: NOW, why: 'the date' },
    checked: approved.checked,
  });
  t.match(submit(back, ANA, NOW, [first]), { state: 'submitted' });
  t.match(reopening(submitted, ANA), { state: 'draft' }, 'the author takes it back');
  t.end();
});

t.test('a lost key does not lose a draft: another under the same name goes on', (t) => {
  t.notOk(isRefused(put(edited, FIELD, '{}', ANA_AGAIN)));
  t.end();
});

t.test('an author who is gone leaves drafts that an admin deletes', (t) => {
  t.match(deleteDraft(submitted, ADA, NOW), { state: 'deleted' });
  t.match(deleted, { state: 'deleted', texts: edited.texts });
  t.end();
});

t.test('a publication is withdrawn before it begins, and its draft goes on', (t) => {
  t.equal(withdraw(2, CAM, NOW, scheduled), scheduled[1]);
  const back = done(reopening({ ...later.draft, publishedAs: 2 }, ANA, withdrawn));
  t.match(back, { state: 'draft', approvals: [] });
  t.equal(back.publishedAs, undefined);
  t.end();
});

t.test('a draft is put on top of what took effect since, and goes its whole way again', (t) => {
  const next = done(rebasing(approved));
  t.match(next, { from: second, state: 'draft', approvals: [], impactRead: [], checked: undefined });
  t.strictSame(
    next.texts,
    [...edited.texts.filter(({ path }) => path === FIELD), ...SECOND],
    'with the changes of both',
  );
  const conflict = done(put(edited, 'rules/rulebook.json', '{ "version": "third" }\n'));
  for (const [choice, kept] of [
    ['mine', 'third'],
    ['theirs', 'second'],
  ] as const)
    t.match(done(rebasing(conflict, ANA, { 'rules/rulebook.json': choice })).texts[1]?.text, kept);
  const ready = done(
    approve(
      done(
        submit(
          done(seeImpact(done(recordCheck(next, checkOf(next), NOW)), impactOf(next), BEN, NOW)),
          ANA,
          NOW,
          basesAt(MOVED, NOW),
        ),
      ),
      BEN,
      NOW,
      ONE,
    ),
  );
  t.match(publishing(ready, { activations: MOVED }), { activation: { base: second } });
  t.end();
});

t.test('versions are scheduled one on the other; a repair of today holds them back until they are rebased', (t) => {
  const third = version([{ path: 'rules/rulebook.json', text: '{ "version": "third" }' }]);
  const one: Activation = { ...later.activation, seq: 2 };
  const two: Activation = { ...one, seq: 3, hash: third.hash, base: one.hash, from: minute(30) };
  const both = [...ACTIVATIONS, one, two];
  t.strictSame(basesAt(both, NOW), [first, one.hash, third.hash], 'a draft may be made from each of them');
  t.equal(inEffectAt(both, minute(31))?.seq, 3);
  t.match(withdraw(2, CAM, NOW, both), {
    refused: 'another-to-come',
    message: /made from the version of activation 2/,
  });
  t.equal(withdraw(3, CAM, NOW, both), two);

  const repair: Activation = { ...one, seq: 4, hash: second, base: first, from: minute(11), createdAt: minute(11) };
  const repaired = [...both, repair];
  t.same(
    heldBack(repaired).map(({ activation, over }) => [activation.seq, over]),
    [
      [2, second],
      [3, second],
    ],
  );
  t.equal(inEffectAt(repaired, minute(31))?.seq, 4, 'the repair stays in effect');
  t.strictSame(basesAt(repaired, minute(12)), [second]);
  const mine = { ...later.draft, publishedAs: 2 };
  t.match(reopen(mine, ANA, minute(12), { why: '', activations: repaired }), { refused: 'not-in-this-state' });
  t.match(
    reopen(mine, ANA, minute(21), { why: '', activations: repaired }),
    { state: 'draft' },
    'when its moment has passed',
  );
  t.match(withdraw(2, ANA, minute(21), repaired), {
    refused: 'begun-already',
    message: /was held back .* Reopen its draft/,
  });

  const back: Activation = { ...one, seq: 5, hash: first, how: 'restored', from: minute(12), createdAt: minute(12) };
  const { base: _, ...undone } = back;
  t.strictSame(heldBack([...repaired, undone]), [], 'they take effect when the repair is undone');
  t.end();
});

t.test('what is restored is confirmed by a second person within a day', (t) => {
  const activation = restored[2] as Activation;
  t.equal(confirm(3, CAM, restored), activation);
  t.equal(confirmUntil(activation), '2026-11-24T08:10:00.000Z');
  t.equal(confirmUntil(MOVED[1] as Activation), undefined, 'nobody is asked about files');
  t.end();
});

t.test('what was to take effect later and was withdrawn is in nobody’s way', (t) => {
  t.match(publishing(approved, { activations: inEffect([FIRST, 0], [SECOND, 15, 5]) }), {
    activation: { hash: approved.hash },
  });
  t.end();
});

t.test('the first version of all is compared with the one it was made from', (t) => {
  t.match(publishing(approved, { activations: [] }), { activation: { hash: approved.hash } });
  t.end();
});

t.test('an old version takes effect again, by one person and with a reason', (t) => {
  const expected = {
    hash: first,
    from: NOW,
    how: 'restored',
    createdAt: NOW,
    by: { keyId: BEN.keyId, name: 'Ben' },
    reason: 'counted wrongly',
  };
  t.strictSame(restoring(first, MOVED), expected);
  t.strictSame(
    restoring(first, inEffect([FIRST, 0], [SECOND, 6], [SECOND, 20])),
    expected,
    'also while another is to come',
  );
  t.end();
});
