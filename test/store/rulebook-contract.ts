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
export function rulebookContract(t: Test, another: () => () => Promise<Store>): void {
  t.test('rulebooks are kept by their hash, to the letter; the first stands', async (t) => {
    const open = another();
    const store = await open();
    await store.keepRulebook(
      Object.assign({ ...SECOND }, { extract: () => 'what is made of the files is not kept' }),
      MONDAY,
    );
    await store.keepRulebook(FIRST, TUESDAY);
    await store.keepRulebook(SECOND, WEDNESDAY);
    await store.keepRulebook(withoutTexts(SECOND), WEDNESDAY);
    await store.close();
    const again = await open();
    t.strictSame(await again.rulebook(FIRST.hash), FIRST);
    t.strictSame(await again.rulebook(SECOND.hash), SECOND);
    t.strictSame(await again.rulebookTexts(FIRST.hash), textsAbout('first'));
    t.equal(await again.rulebook('c'), undefined);
    t.equal(await again.rulebookTexts('c'), undefined);
    t.strictSame(await again.rulebooks(), [
      { hash: SECOND.hash, keptAt: MONDAY },
      { hash: FIRST.hash, keptAt: TUESDAY },
    ]);
    await again.close();
  });

  t.test('a rulebook that never was texts is kept too, and gets its texts when they are brought', async (t) => {
    const store = await another()();
    await store.keepRulebook(withoutTexts(FIRST), MONDAY);
    await store.keepRulebook(withoutTexts(FIRST), TUESDAY);
    t.strictSame(await store.rulebook(FIRST.hash), withoutTexts(FIRST));
    t.equal(await store.rulebookTexts(FIRST.hash), undefined);
    await store.keepRulebook(FIRST, TUESDAY);
    t.strictSame(await store.rulebook(FIRST.hash), FIRST);
    t.strictSame(await store.rulebookTexts(FIRST.hash), textsAbout('first'));
    t.strictSame(await store.rulebooks(), [{ hash: FIRST.hash, keptAt: MONDAY }], 'kept since it was first brought');
    await store.close();
  });

  t.test('files under a hash that is not theirs are not kept, nor files that do not say what they are', async (t) => {
    const store = await another()();
    await t.rejects(() => store.keepRulebook({ ...FIRST, hash: SECOND.hash }, MONDAY), {
      message: `expected files with the hash ${SECOND.hash}, found ${FIRST.hash}`,
    });
    await t.rejects(
      () => store.keepRulebook(sourceOf(textsAbout('first').slice(0, 1)), MONDAY),
      /a rulebook needs rules\/rulebook.json/,
    );
    t.strictSame(await store.rulebooks(), []);
    await store.close();
  });

  t.test('versions say what they are about and when they took effect, newest first', async (t) => {
    const store = await another()();
    await store.keepRulebook(FIRST, MONDAY);
    await store.keepRulebook(SECOND, TUESDAY);
    const activations = [
      await store.activate(byFiles(FIRST.hash, MONDAY)),
      await store.activate(byFiles(SECOND.hash, TUESDAY)),
      await store.activate(byFiles(FIRST.hash, WEDNESDAY)),
    ];
    t.strictSame(await store.versions(), [
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
    await store.close();
  });

  t.test('activations of what took effect are numbered and stay', async (t) => {
    const open = another();
    const store = await open();
    await store.keepRulebook(FIRST, MONDAY);
    await store.keepRulebook(SECOND, MONDAY);
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
    t.strictSame(await store.activate(byFiles(FIRST.hash, MONDAY)), { ...byFiles(FIRST.hash, MONDAY), seq: 1 });
    t.strictSame(await store.activate(published), { ...published, seq: 2 });
    await store.close();
    const again = await open();
    t.strictSame(await again.activations(), [
      { ...byFiles(FIRST.hash, MONDAY), seq: 1 },
      { ...published, seq: 2 },
    ]);
    await t.rejects(() => again.activate(byFiles('c', MONDAY)), {
      message: 'the rulebook c is not kept, so it cannot take effect; keep it first',
    });
    for (const moment of [
      '2026-11-23',
      '2026-11-23T08:00:00Z',
      '2026-11-23T08:00:00.000+00:00',
      '2026-02-30T08:00:00.000Z',
    ])
      await t.rejects(
        () => again.activate(byFiles(FIRST.hash, moment)),
        { message: /not a time that can be compared/ },
        moment,
      );
    t.equal((await again.activations()).length, 2);
    await again.close();
  });

  t.test('an activation that has not begun is withdrawn once, and stays in the list', async (t) => {
    const store = await another()();
    await store.keepRulebook(FIRST, MONDAY);
    await store.activate(byFiles(FIRST.hash, MONDAY));
    await store.activate({ ...byFiles(FIRST.hash, WEDNESDAY), createdAt: MONDAY });
    t.notOk(await store.cancelActivation(1, TUESDAY), 'it has begun');
    t.notOk(await store.cancelActivation(2, WEDNESDAY), 'it begins at that moment');
    t.notOk(await store.cancelActivation(3, TUESDAY), 'there is none');
    t.ok(await store.cancelActivation(2, TUESDAY));
    t.notOk(await store.cancelActivation(2, TUESDAY));
    t.same(
      (await store.activations()).map(({ withdrawnAt }) => withdrawnAt),
      [undefined, TUESDAY],
    );
    t.equal((await store.activate(byFiles(FIRST.hash, WEDNESDAY)))?.seq, 3);
    await store.close();
  });

  t.test('what was decided on other activations is not done', async (t) => {
    const open = another();
    const [store, other] = [await open(), await open()];
    await store.keepRulebook(FIRST, MONDAY);
    await store.keepRulebook(SECOND, MONDAY);
    const none = await other.activations();
    t.match(await store.activate(byFiles(FIRST.hash, MONDAY), none), { seq: 1 });
    t.equal(await other.activate(byFiles(FIRST.hash, MONDAY), none), undefined, 'somebody was quicker');
    const first = await other.activations();
    t.equal(first.length, 1);
    t.match(await other.activate({ ...byFiles(SECOND.hash, WEDNESDAY), createdAt: MONDAY }, first), { seq: 2 });
    t.notOk(await store.cancelActivation(2, TUESDAY, first));
    const both = await store.activations();
    t.ok(await store.cancelActivation(2, TUESDAY, both));
    t.equal(await other.activate(byFiles(FIRST.hash, TUESDAY), both), undefined, 'one was withdrawn since');
    await t.rejects(other.activate(byFiles('c', MONDAY), await other.activations()), /not kept/);
    t.equal((await other.activations()).length, 2);
    await store.close();
    await other.close();
  });

  t.test('of two at the same moment one restores, one replaces a draft, and one publishes it', async (t) => {
    const open = another();
    const stores = [await open(), await open()] as const;
    const [store] = stores;
    const atOnce = <T>(act: (store: Store) => Promise<T>): Promise<T[]> => Promise.all(stores.map(act));
    await store.keepRulebook(FIRST, MONDAY);
    await store.keepRulebook(SECOND, MONDAY);
    const kept = (made: readonly (Activation | undefined)[]): number => made.filter(Boolean).length;
    for (let i = 1; i <= 5; i++) {
      const decidedOn = await store.activations();
      t.equal(kept(await atOnce((one) => one.activate(byFiles(FIRST.hash, MONDAY), decidedOn))), 1);
      t.equal((await store.activations()).length, 2 * i - 1);
      const id = `draft_${i}`;
      const first = draft(id, textsAbout('second'));
      await store.addDraft(first);
      const submitted: DraftWithTexts = { ...first, state: 'submitted', revision: 2 };
      t.same((await atOnce((one) => one.replaceDraft(submitted, 1))).sort(), [false, true]);
      const published: DraftWithTexts = { ...submitted, state: 'published', revision: 3 };
      const activation: NewActivation = { ...byFiles(SECOND.hash, TUESDAY), how: 'published', draft: id };
      const then = await store.activations();
      const made = await atOnce((one) => one.publishDraft(published, 2, activation, then));
      t.equal(kept(made.map((one) => one?.activation)), 1);
      t.equal((await store.activations()).length, 2 * i);
      t.match(await store.draft(id), { state: 'published', publishedAs: 2 * i });
    }
    for (const one of stores) await one.close();
  });

  t.test('drafts are kept with their texts and listed without, latest first', async (t) => {
    const open = another();
    const store = await open();
    // A draft need not be JSON, nor hold what a rulebook needs.
    const unfinished = draft('draft_2', [{ path: 'rules/fields/51.json', text: '{ "field": "51", ' }]);
    await store.addDraft(draft('draft_1'));
    await store.addDraft(unfinished);
    const former = [{ at: MONDAY, files: [{ did: 'added', path: 'rules/fields/51.json' }] }] as const;
    await store.addDraft({ ...draft('draft_3'), former });
    await store.close();
    const again = await open();
    t.strictSame(await again.draft('draft_2'), unfinished);
    t.equal(await again.draft('draft_9'), undefined);
    const { texts, ...listed } = draft('draft_3');
    t.match(await again.draft('draft_3'), { former });
    t.strictSame(await again.drafts({ limit: 1 }), [listed]);
    t.same(
      (await again.drafts({ limit: 9, after: 'draft_3' })).map(({ id }) => id),
      ['draft_2', 'draft_1'],
    );
    await t.rejects(() => again.addDraft(draft('draft_1')), 'an id is one draft’s');
    await again.close();
  });

  t.test('a draft is replaced only by whoever saw it as it is, also through another connection', async (t) => {
    const open = another();
    const [store, other] = [await open(), await open()];
    await store.addDraft(draft('draft_1'));
    const changed: DraftWithTexts = { ...draft('draft_1', textsAbout('changed')), revision: 2 };
    t.ok(await store.replaceDraft(changed, 1));
    t.notOk(await other.replaceDraft({ ...draft('draft_1'), title: 'lost', revision: 2 }, 1), 'files as they were');
    t.notOk(await other.replaceDraft({ ...changed, title: 'lost' }, 1), 'files as they are');
    t.strictSame(await other.draft('draft_1'), changed);
    const submitted: DraftWithTexts = { ...changed, state: 'submitted', submittedAt: TUESDAY, revision: 3 };
    t.ok(await other.replaceDraft(submitted, 2));
    t.strictSame(await store.draft('draft_1'), submitted, 'a step that leaves the files');
    t.notOk(await store.replaceDraft({ ...draft('draft_9'), revision: 2 }, 1), 'there is none');
    await t.rejects(() => store.replaceDraft({ ...submitted, title: 'the same revision' }, 3), {
      name: 'RangeError',
      message: 'found revision 3 for a change of draft draft_1, expected one after 3',
    });
    await other.close();
    await store.close();
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
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const open = another();
        const stores = [await open(), await open()] as const;
        await stores[0].addDraft(draft('draft_1'));
        let kept = draft('draft_1');
        const seen = [kept, kept];
        for (const [i, { who, does }] of steps.entries()) {
          const before = seen[who] as DraftWithTexts;
          if (does === 'read') {
            seen[who] = (await stores[who].draft('draft_1')) as DraftWithTexts;
            assert.deepEqual(seen[who], kept);
            continue;
          }
          const texts = textsAbout(`${i}`);
          const next = {
            ...before,
            ...(does === 'files' ? { texts, hash: hashOf(texts) } : { title: `title ${i}` }),
            revision: before.revision + 1,
          };
          assert.equal(await stores[who].replaceDraft(next, before.revision), before.revision === kept.revision);
          if (before.revision === kept.revision) kept = next;
        }
        for (const store of stores) assert.deepEqual(await store.draft('draft_1'), kept);
        for (const store of stores) await store.close();
      }),
    );
  });

  t.test('a draft is published and takes effect, both or neither', async (t) => {
    const open = another();
    const store = await open();
    await store.keepRulebook(FIRST, MONDAY);
    await store.keepRulebook(SECOND, MONDAY);
    await store.activate(byFiles(FIRST.hash, MONDAY));
    await store.addDraft(draft('draft_1', textsAbout('second')));
    const published: DraftWithTexts = { ...draft('draft_1', textsAbout('second')), state: 'published', revision: 2 };
    const activation: NewActivation = {
      ...byFiles(SECOND.hash, WEDNESDAY),
      how: 'published',
      createdAt: TUESDAY,
      draft: 'draft_1',
    };
    const nothingDone = async (why: string, publish: () => Promise<unknown>): Promise<void> => {
      const [before, activations] = [await store.draft('draft_1'), await store.activations()];
      t.equal(await publish(), undefined, why);
      t.strictSame([await store.draft('draft_1'), await store.activations()], [before, activations]);
    };
    const decidedOn = await store.activations();
    await nothingDone('another revision', () =>
      store.publishDraft({ ...published, revision: 9 }, 8, activation, decidedOn),
    );
    await nothingDone('an activation that was not known of', () => store.publishDraft(published, 1, activation, []));
    const toCome = (await store.activate({ ...byFiles(SECOND.hash, WEDNESDAY), createdAt: MONDAY })) as Activation;
    const withIt: readonly Activation[] = await store.activations();
    await store.cancelActivation(toCome.seq, TUESDAY);
    await nothingDone('an activation that was withdrawn since', () =>
      store.publishDraft(published, 1, activation, withIt),
    );
    await t.rejects(
      async () => store.publishDraft(published, 1, { ...activation, hash: 'c' }, await store.activations()),
      /not kept/,
    );
    await t.rejects(
      async () => store.publishDraft({ ...published, revision: 1 }, 1, activation, await store.activations()),
      {
        name: 'RangeError',
      },
    );
    t.equal((await store.draft('draft_1'))?.revision, 1);
    t.equal((await store.activations()).length, 2);
    const other = await open();
    t.strictSame(await other.publishDraft(published, 1, activation, await store.activations()), {
      draft: { ...published, publishedAs: 3 },
      activation: { ...activation, seq: 3 },
    });
    t.strictSame(await store.draft('draft_1'), { ...published, publishedAs: 3 });
    t.strictSame((await store.activations())[2], { ...activation, seq: 3 });
    await nothingDone('published already', async () =>
      store.publishDraft(published, 1, activation, await store.activations()),
    );
    await other.close();
    await store.close();
  });

  t.test('impact reports are seen by whoever may see all their LEAs, and are a queue of their own', async (t) => {
    const [A, B] = ['9900001', '9900002'];
    const open = another();
    const store = await open();
    await store.jobs('impact').add(impact('im_1', [A]));
    await store.jobs('impact').add(impact('im_2', [A, B]));
    await store.jobs('impact').add(impact('im_3', 'all'));
    await store.jobs('impact').add(impact('im_4', 'all', 'draft_2'));
    const seen = async (scope: 'all' | readonly string[], of = 'draft_1') =>
      (await store.forLEAs(scope).jobs('impact').list({ draft: of })).map(({ id }) => id);
    t.same(
      [await seen('all'), await seen([A, B]), await seen([A]), await seen([B])],
      [['im_3', 'im_2', 'im_1'], ['im_2', 'im_1'], ['im_1'], []],
    );
    t.same(await seen('all', 'draft_2'), ['im_4']);
    t.strictSame(await store.forLEAs([A]).jobs('impact').get('im_1'), impact('im_1', [A]));
    t.equal(await store.forLEAs([B]).jobs('impact').get('im_2'), undefined);
    t.equal(await store.forLEAs(['all']).jobs('impact').get('im_3'), undefined, '"all" in a list is no LEA');
    t.equal(await store.jobs('extract').take(), undefined);
    t.equal((await store.jobs('impact').take({ progress: 0.5, snapshot: 7 }))?.id, 'im_1', 'the oldest first');
    await store.jobs('impact').update('im_2', { status: 'Complete', progress: 1, changed: 12, finishedAt: TUESDAY });
    t.equal((await store.jobs('impact').take())?.id, 'im_3');
    await store.close();
    const again = await open();
    t.equal(await again.jobs('impact').resume(), 2);
    t.match(await again.forLEAs('all').jobs('impact').get('im_1'), { status: 'Pending', progress: 0, snapshot: 7 });
    t.equal((await again.jobs('impact').take())?.id, 'im_1', 'what was begun before');
    t.match(await again.forLEAs('all').jobs('impact').get('im_2'), {
      status: 'Complete',
      changed: 12,
      finishedAt: TUESDAY,
    });
    await again.jobs('impact').update('im_unknown', { status: 'Failed' });
    await again.close();
  });
}
