/**
 * What every store must do with rulebooks, their taking effect, drafts and impact reports; a part of the contract
 * (contract.ts).
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Test } from 'tap';
import type { Activation, NewActivation } from '#publishing/activation';
import type { DraftWithTexts } from '#publishing/draft';
import type { ImpactJob } from '#publishing/job';
import type { Person } from '#publishing/person';
import type { RulebookSource } from '#rulebook/load/assemble';
import { fileHash, hashOf, type RulebookTexts } from '#rulebook/load/texts';
import type { Store } from '#store/store';
import { holds } from '../support/histories.ts';

const MONDAY = '2026-11-23T08:00:00.000Z';
const TUESDAY = '2026-11-24T08:00:00.000Z';
const WEDNESDAY = '2026-11-25T08:00:00.000Z';

const ANA: Person = { keyId: 'key_ana', name: 'Ana' };
const BEN: Person = { keyId: 'key_ben', name: 'Ben' };

/** Texts as somebody writes them: spaces, a line feed at the end, letters beyond ASCII. */
const textsAbout = (version: string): RulebookTexts => [
  { path: 'rules/fields/40.json', text: `{ "field": "40",\n  "says": "año ${version}" }\n` },
  { path: 'rules/rulebook.json', text: `{ "name": "Extract",  "version": "${version}" }\n` },
];

const sourceOf = (texts: RulebookTexts): RulebookSource => ({
  hash: hashOf(texts),
  files: texts.map(({ path, text }) => ({ path, json: JSON.parse(text), sha256: fileHash(text), text })),
});

/** As stores kept it before texts were. */
const withoutTexts = ({ hash, files }: RulebookSource): RulebookSource => ({
  hash,
  files: files.map(({ path, json }) => ({ path, json })),
});

const FIRST = sourceOf(textsAbout('first'));
const SECOND = sourceOf(textsAbout('second'));

const byFiles = (hash: string, from: string): NewActivation => ({ hash, from, how: 'files', createdAt: from });

const draft = (id: string, texts: RulebookTexts = textsAbout('first')): DraftWithTexts => ({
  id,
  title: 'Foster Youth',
  reason: 'a program begins',
  from: FIRST.hash,
  hash: hashOf(texts),
  revision: 1,
  state: 'draft',
  author: ANA,
  createdAt: MONDAY,
  changedAt: MONDAY,
  approvals: [],
  impactRead: [],
  texts,
});

const impact = (id: string, reportingLEAs: ImpactJob['reportingLEAs'], of = 'draft_1'): ImpactJob => ({
  id,
  draft: of,
  hash: SECOND.hash,
  against: FIRST.hash,
  request: { academicYear: '2023-2024' },
  reportingLEAs,
  runDate: '20261123',
  requestedAt: MONDAY,
  by: ANA,
  status: 'Pending',
  progress: 0,
});

/** @param another makes another, empty store and gives what opens it */
export function rulebookContract(t: Test, another: () => () => Store): void {
  t.test('rulebooks are kept by their hash, to the letter; the first stands', (t) => {
    const open = another();
    const store = open();
    store.keepRulebook(
      Object.assign({ ...SECOND }, { extract: () => 'what is made of the files is not kept' }),
      MONDAY,
    );
    store.keepRulebook(FIRST, TUESDAY);
    store.keepRulebook(SECOND, WEDNESDAY);
    store.keepRulebook(withoutTexts(SECOND), WEDNESDAY);
    store.close();
    const again = open();
    t.strictSame(again.rulebook(FIRST.hash), FIRST);
    t.strictSame(again.rulebook(SECOND.hash), SECOND);
    t.strictSame(again.rulebookTexts(FIRST.hash), textsAbout('first'));
    t.equal(again.rulebook('c'), undefined);
    t.equal(again.rulebookTexts('c'), undefined);
    t.strictSame(again.rulebooks(), [
      { hash: SECOND.hash, keptAt: MONDAY },
      { hash: FIRST.hash, keptAt: TUESDAY },
    ]);
    again.close();
    t.end();
  });

  t.test('a rulebook that never was texts is kept too, and gets its texts when they are brought', (t) => {
    const store = another()();
    store.keepRulebook(withoutTexts(FIRST), MONDAY);
    store.keepRulebook(withoutTexts(FIRST), TUESDAY);
    t.strictSame(store.rulebook(FIRST.hash), withoutTexts(FIRST));
    t.equal(store.rulebookTexts(FIRST.hash), undefined);
    store.keepRulebook(FIRST, TUESDAY);
    t.strictSame(store.rulebook(FIRST.hash), FIRST);
    t.strictSame(store.rulebookTexts(FIRST.hash), textsAbout('first'));
    t.strictSame(store.rulebooks(), [{ hash: FIRST.hash, keptAt: MONDAY }], 'kept since it was first brought');
    store.close();
    t.end();
  });

  t.test('files under a hash that is not theirs are not kept, nor files that do not say what they are', (t) => {
    const store = another()();
    t.throws(() => store.keepRulebook({ ...FIRST, hash: SECOND.hash }, MONDAY), {
      message: `expected files with the hash ${SECOND.hash}, found ${FIRST.hash}`,
    });
    t.throws(
      () => store.keepRulebook(sourceOf(textsAbout('first').slice(0, 1)), MONDAY),
      /a rulebook needs rules\/rulebook.json/,
    );
    t.strictSame(store.rulebooks(), []);
    store.close();
    t.end();
  });

  t.test('versions say what they are about and when they took effect, newest first', (t) => {
    const store = another()();
    store.keepRulebook(FIRST, MONDAY);
    store.keepRulebook(SECOND, TUESDAY);
    const activations = [
      byFiles(FIRST.hash, MONDAY),
      byFiles(SECOND.hash, TUESDAY),
      byFiles(FIRST.hash, WEDNESDAY),
    ].map(store.activate);
    t.strictSame(store.versions(), [
      {
        hash: SECOND.hash,
        about: { name: 'Extract', version: 'second' },
        keptAt: TUESDAY,
        activations: [activations[1]],
      },
      {
        hash: FIRST.hash,
        about: { name: 'Extract', version: 'first' },
        keptAt: MONDAY,
        activations: [activations[0], activations[2]],
      },
    ]);
    store.close();
    t.end();
  });

  t.test('activations of what took effect are numbered and stay', (t) => {
    const open = another();
    const store = open();
    store.keepRulebook(FIRST, MONDAY);
    store.keepRulebook(SECOND, MONDAY);
    const published: NewActivation = {
      hash: SECOND.hash,
      from: WEDNESDAY,
      how: 'published',
      createdAt: TUESDAY,
      by: BEN,
      author: ANA,
      approvers: [BEN],
      reason: 'a program begins',
      draft: 'draft_1',
    };
    t.strictSame(store.activate(byFiles(FIRST.hash, MONDAY)), { ...byFiles(FIRST.hash, MONDAY), seq: 1 });
    t.strictSame(store.activate(published), { ...published, seq: 2 });
    store.close();
    const again = open();
    t.strictSame(again.activations(), [
      { ...byFiles(FIRST.hash, MONDAY), seq: 1 },
      { ...published, seq: 2 },
    ]);
    t.throws(() => again.activate(byFiles('c', MONDAY)), {
      message: 'the rulebook c is not kept, so it cannot take effect; keep it first',
    });
    for (const moment of [
      '2026-11-23',
      '2026-11-23T08:00:00Z',
      '2026-11-23T08:00:00.000+00:00',
      '2026-02-30T08:00:00.000Z',
    ])
      t.throws(
        () => again.activate(byFiles(FIRST.hash, moment)),
        { message: /not a time that can be compared/ },
        moment,
      );
    t.equal(again.activations().length, 2);
    again.close();
    t.end();
  });

  t.test('an activation that has not begun is withdrawn once, and stays in the list', (t) => {
    const store = another()();
    store.keepRulebook(FIRST, MONDAY);
    store.activate(byFiles(FIRST.hash, MONDAY));
    store.activate({ ...byFiles(FIRST.hash, WEDNESDAY), createdAt: MONDAY });
    t.notOk(store.cancelActivation(1, TUESDAY), 'it has begun');
    t.notOk(store.cancelActivation(2, WEDNESDAY), 'it begins at that moment');
    t.notOk(store.cancelActivation(3, TUESDAY), 'there is none');
    t.ok(store.cancelActivation(2, TUESDAY));
    t.notOk(store.cancelActivation(2, TUESDAY));
    t.same(
      store.activations().map(({ withdrawnAt }) => withdrawnAt),
      [undefined, TUESDAY],
    );
    t.equal(store.activate(byFiles(FIRST.hash, WEDNESDAY)).seq, 3);
    store.close();
    t.end();
  });

  t.test('drafts are kept with their texts and listed without, latest first', (t) => {
    const open = another();
    const store = open();
    // A draft need not be JSON, nor hold what a rulebook needs.
    const unfinished = draft('draft_2', [{ path: 'rules/fields/51.json', text: '{ "field": "51", ' }]);
    store.addDraft(draft('draft_1'));
    store.addDraft(unfinished);
    store.addDraft(draft('draft_3'));
    store.close();
    const again = open();
    t.strictSame(again.draft('draft_2'), unfinished);
    t.equal(again.draft('draft_9'), undefined);
    const { texts, ...listed } = draft('draft_3');
    t.strictSame(again.drafts({ limit: 1 }), [listed]);
    t.same(
      again.drafts({ limit: 9, after: 'draft_3' }).map(({ id }) => id),
      ['draft_2', 'draft_1'],
    );
    t.throws(() => again.addDraft(draft('draft_1')), 'an id is one draft’s');
    again.close();
    t.end();
  });

  t.test('a draft is replaced only by whoever saw it as it is, also through another connection', (t) => {
    const open = another();
    const [store, other] = [open(), open()];
    store.addDraft(draft('draft_1'));
    const changed: DraftWithTexts = { ...draft('draft_1', textsAbout('changed')), revision: 2 };
    t.ok(store.replaceDraft(changed, 1));
    t.notOk(other.replaceDraft({ ...draft('draft_1'), title: 'lost', revision: 2 }, 1), 'files as they were');
    t.notOk(other.replaceDraft({ ...changed, title: 'lost' }, 1), 'files as they are');
    t.strictSame(other.draft('draft_1'), changed);
    const submitted: DraftWithTexts = { ...changed, state: 'submitted', submittedAt: TUESDAY, revision: 3 };
    t.ok(other.replaceDraft(submitted, 2));
    t.strictSame(store.draft('draft_1'), submitted, 'a step that leaves the files');
    t.notOk(store.replaceDraft({ ...draft('draft_9'), revision: 2 }, 1), 'there is none');
    t.throws(() => store.replaceDraft({ ...submitted, title: 'the same revision' }, 3), {
      name: 'RangeError',
      message: 'found revision 3 for a change of draft draft_1, expected one after 3',
    });
    other.close();
    store.close();
    t.end();
  });

  t.test('of any changes by two who do not know of each other, each is there or was refused', async (t) => {
    type Step = { readonly who: 0 | 1; readonly does: 'read' | 'files' | 'title' };
    const step: fc.Arbitrary<Step> = fc.record({
      who: fc.constantFrom(0, 1),
      does: fc.constantFrom('read', 'files', 'title'),
    });
    await holds(
      t,
      'drafts',
      30,
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const open = another();
        const stores = [open(), open()] as const;
        stores[0].addDraft(draft('draft_1'));
        let kept = draft('draft_1');
        const seen = [kept, kept];
        for (const [i, { who, does }] of steps.entries()) {
          const before = seen[who] as DraftWithTexts;
          if (does === 'read') {
            seen[who] = stores[who].draft('draft_1') as DraftWithTexts;
            assert.deepEqual(seen[who], kept);
            continue;
          }
          const texts = textsAbout(`${i}`);
          const next = {
            ...before,
            ...(does === 'files' ? { texts, hash: hashOf(texts) } : { title: `title ${i}` }),
            revision: before.revision + 1,
          };
          assert.equal(stores[who].replaceDraft(next, before.revision), before.revision === kept.revision);
          if (before.revision === kept.revision) kept = next;
        }
        for (const store of stores) assert.deepEqual(store.draft('draft_1'), kept);
        for (const store of stores) store.close();
      }),
    );
  });

  t.test('a draft is published and takes effect, both or neither', (t) => {
    const open = another();
    const store = open();
    store.keepRulebook(FIRST, MONDAY);
    store.keepRulebook(SECOND, MONDAY);
    store.activate(byFiles(FIRST.hash, MONDAY));
    store.addDraft(draft('draft_1', textsAbout('second')));
    const published: DraftWithTexts = { ...draft('draft_1', textsAbout('second')), state: 'published', revision: 2 };
    const activation: NewActivation = {
      ...byFiles(SECOND.hash, WEDNESDAY),
      how: 'published',
      createdAt: TUESDAY,
      draft: 'draft_1',
    };
    const nothingDone = (why: string, publish: () => unknown): void => {
      const [before, activations] = [store.draft('draft_1'), store.activations()];
      t.equal(publish(), undefined, why);
      t.strictSame([store.draft('draft_1'), store.activations()], [before, activations]);
    };
    const decidedOn = store.activations();
    nothingDone('another revision', () => store.publishDraft({ ...published, revision: 9 }, 8, activation, decidedOn));
    nothingDone('an activation that was not known of', () => store.publishDraft(published, 1, activation, []));
    const toCome = store.activate({ ...byFiles(SECOND.hash, WEDNESDAY), createdAt: MONDAY });
    const withIt: readonly Activation[] = store.activations();
    store.cancelActivation(toCome.seq, TUESDAY);
    nothingDone('an activation that was withdrawn since', () => store.publishDraft(published, 1, activation, withIt));
    t.throws(() => store.publishDraft(published, 1, { ...activation, hash: 'c' }, store.activations()), /not kept/);
    t.throws(() => store.publishDraft({ ...published, revision: 1 }, 1, activation, store.activations()), {
      name: 'RangeError',
    });
    t.equal(store.draft('draft_1')?.revision, 1);
    t.equal(store.activations().length, 2);
    const other = open();
    t.strictSame(other.publishDraft(published, 1, activation, store.activations()), {
      draft: { ...published, publishedAs: 3 },
      activation: { ...activation, seq: 3 },
    });
    t.strictSame(store.draft('draft_1'), { ...published, publishedAs: 3 });
    t.strictSame(store.activations()[2], { ...activation, seq: 3 });
    nothingDone('published already', () => store.publishDraft(published, 1, activation, store.activations()));
    other.close();
    store.close();
    t.end();
  });

  t.test('impact reports are seen by whoever may see all their LEAs, and are a queue of their own', (t) => {
    const [A, B] = ['9900001', '9900002'];
    const open = another();
    const store = open();
    store.jobs('impact').add(impact('im_1', [A]));
    store.jobs('impact').add(impact('im_2', [A, B]));
    store.jobs('impact').add(impact('im_3', 'all'));
    store.jobs('impact').add(impact('im_4', 'all', 'draft_2'));
    const seen = (scope: 'all' | readonly string[], of = 'draft_1') =>
      store
        .forLEAs(scope)
        .jobs('impact')
        .list({ draft: of })
        .map(({ id }) => id);
    t.same(
      [seen('all'), seen([A, B]), seen([A]), seen([B])],
      [['im_3', 'im_2', 'im_1'], ['im_2', 'im_1'], ['im_1'], []],
    );
    t.same(seen('all', 'draft_2'), ['im_4']);
    t.strictSame(store.forLEAs([A]).jobs('impact').get('im_1'), impact('im_1', [A]));
    t.equal(store.forLEAs([B]).jobs('impact').get('im_2'), undefined);
    t.equal(store.forLEAs(['all']).jobs('impact').get('im_3'), undefined, '"all" in a list is no LEA');
    t.equal(store.jobs('extract').nextPending(), undefined);
    t.equal(store.jobs('impact').nextPending()?.id, 'im_1', 'the oldest first');
    store.jobs('impact').update('im_1', { status: 'Processing', progress: 0.5, snapshot: 7 });
    store.jobs('impact').update('im_2', { status: 'Complete', progress: 1, changed: 12, finishedAt: TUESDAY });
    t.equal(store.jobs('impact').nextPending()?.id, 'im_3');
    store.close();
    const again = open();
    t.equal(again.jobs('impact').resume(), 1);
    t.match(again.jobs('impact').nextPending(), { id: 'im_1', status: 'Pending', progress: 0, snapshot: 7 });
    t.match(again.forLEAs('all').jobs('impact').get('im_2'), { status: 'Complete', changed: 12, finishedAt: TUESDAY });
    again.jobs('impact').update('im_unknown', { status: 'Failed' });
    again.close();
    t.end();
  });
}
