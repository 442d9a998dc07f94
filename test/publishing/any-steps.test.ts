/** Whatever anybody tries in whatever order: what must never come of it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { Activation } from '#publishing/activation';
import type { Actor } from '#publishing/actor';
import type { DraftWithTexts, WorkflowSettings } from '#publishing/draft';
import { basesAt, heldBack, inEffectAt } from '#publishing/in-effect';
import { publish, restore, withdraw } from '#publishing/publish';
import { isRefused, type Refused } from '#publishing/refusals';
import {
  approve,
  createDraft,
  deleteDraft,
  putFile,
  recordCheck,
  removeFile,
  reopen,
  retitle,
  seeImpact,
  submit,
} from '#publishing/workflow';
import { hashOf } from '#rulebook/load/texts';
import { holds } from '../support/histories.ts';
import {
  ADA,
  ANA,
  ANA_AGAIN,
  BEN,
  CAM,
  checkOf,
  FIELD,
  FIRST,
  impactOf,
  inEffect,
  minute,
  VAL,
  version,
} from './drafts.ts';

type Does =
  | { readonly does: 'create' | 'remove' | 'submit' | 'approve' | 'reopen' | 'delete' }
  | { readonly does: 'put'; readonly text: string }
  | { readonly does: 'retitle'; readonly title: string }
  | { readonly does: 'check'; readonly errors: number; readonly examplesFailed: number; readonly before: boolean }
  | { readonly does: 'see'; readonly older: boolean; readonly before: boolean }
  | { readonly does: 'publish'; readonly inMinutes: number }
  | { readonly does: 'restore' | 'withdraw'; readonly which: number };

type Step = Does & { readonly who: Actor; readonly draft: number };

const seldom = fc.nat(9).map((n) => n === 0);
const mostlyNone = fc.nat(9).map((n) => Number(n === 0));

const does: fc.Arbitrary<Does> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('create', 'remove', 'reopen', 'delete') }) },
  { weight: 8, arbitrary: fc.record({ does: fc.constantFrom('submit', 'approve') }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('put'), text: fc.constantFrom('{}', '[]', '{') }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('retitle'), title: fc.constantFrom('one', 'two', '') }) },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('check'),
      errors: mostlyNone,
      examplesFailed: mostlyNone,
      before: seldom,
    }),
  },
  { weight: 5, arbitrary: fc.record({ does: fc.constant('see'), older: seldom, before: seldom }) },
  { weight: 6, arbitrary: fc.record({ does: fc.constant('publish'), inMinutes: fc.constantFrom(-1, 0, 0, 0, 3) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('restore', 'restore', 'withdraw'), which: fc.nat(5) }) },
);

const anyStep: fc.Arbitrary<Step> = fc
  .tuple(does, fc.constantFrom(ANA, ANA, BEN, BEN, CAM, ADA, ANA_AGAIN, VAL), fc.nat(1))
  .map(([what, who, draft]) => ({ ...what, who, draft }));

/** The whole way of a new draft, now and then with a step left out, or another in between. */
const wholeWay: fc.Arbitrary<Step[]> = fc
  .tuple(
    fc.string({ maxLength: 3 }),
    fc.constantFrom(0, 0, 15),
    fc.array(fc.tuple(fc.nat(19), anyStep), { minLength: 9, maxLength: 9 }),
  )
  .map(([text, inMinutes, slips]) => {
    const way: Step[] = [
      { does: 'create', who: ANA, draft: 1 },
      { does: 'put', text, who: ANA, draft: 1 },
      { does: 'check', errors: 0, examplesFailed: 0, before: false, who: ANA, draft: 1 },
      { does: 'see', older: false, before: false, who: BEN, draft: 1 },
      { does: 'see', older: false, before: false, who: CAM, draft: 1 },
      { does: 'submit', who: ANA, draft: 1 },
      { does: 'approve', who: BEN, draft: 1 },
      { does: 'approve', who: CAM, draft: 1 },
      { does: 'publish', inMinutes, who: ANA, draft: 1 },
    ];
    return way.flatMap((step, i) => {
      const [slip, other] = slips[i] as (typeof slips)[number];
      return slip === 0 ? [] : slip < 5 ? [step, other] : [step];
    });
  });

const steps: fc.Arbitrary<Step[]> = fc
  .array(fc.oneof({ weight: 3, arbitrary: anyStep.map((step) => [step]) }, { weight: 1, arbitrary: wholeWay }), {
    minLength: 5,
    maxLength: 20,
  })
  .map((parts) => parts.flat());

/** What was said of the files of a draft as they are, told apart from what the draft says of itself. */
interface Said {
  approvedBy: Set<string>;
  clean: boolean;
  /** By name: what the report that they read compares with. */
  read: Map<string, string | undefined>;
}

const nothingSaid = (): Said => ({ approvedBy: new Set(), clean: false, read: new Map() });

class Office {
  readonly settings: WorkflowSettings;
  readonly drafts: DraftWithTexts[] = [];
  readonly said: Said[] = [];
  activations: Activation[] = inEffect([FIRST, 0]);
  /** Texts of every version. */
  readonly texts = new Map([[hashOf(FIRST), FIRST]]);
  /** What was in effect at which moment. */
  readonly past: [at: string, seq: number | undefined][] = [];
  /** Hashes of what was in effect, if only until somebody restored another in the same moment. */
  readonly wereInEffect = new Set<string | undefined>();
  published = 0;
  held = 0;

  constructor(settings: WorkflowSettings) {
    this.settings = settings;
  }

  take(step: Step, at: string): void {
    const before = [...this.activations];
    this.wereInEffect.add(inEffectAt(before, at)?.hash);
    const { which, draft } = {
      which: this.drafts.length === 0 ? 0 : step.draft % this.drafts.length,
      draft: this.drafts[step.draft % this.drafts.length],
    };
    if (step.does === 'create' || !draft) this.create(step.who, at);
    else if (step.does === 'restore' || step.does === 'withdraw') this.goBack(step.does, step.which, step.who, at);
    else if (step.does === 'publish') this.publish(which, step.inMinutes, step.who, at);
    else this.replace(which, this.outcome(step, draft, at), step);
    this.onlyGrew(before, at);
    this.past.push([at, inEffectAt(this.activations, at)?.seq]);
  }

  create(who: Actor, at: string): void {
    const hash = inEffectAt(this.activations, at)?.hash as string;
    const from = { hash, texts: this.texts.get(hash) ?? [] };
    const draft = createDraft(
      { id: `draft_${this.drafts.length}`, title: 'A title', reason: 'A reason', from },
      who,
      at,
    );
    if (isRefused(draft)) return;
    // The two last ones are worked on.
    if (this.drafts.length === 2) for (const list of [this.drafts, this.said]) list.shift();
    this.drafts.push(draft);
    this.said.push(nothingSaid());
  }

  outcome(step: Step, draft: DraftWithTexts, at: string): DraftWithTexts | Refused {
    const { who } = step;
    const filesOf = ({ before }: { before: boolean }) => (before ? { ...draft, hash: draft.from } : draft);
    switch (step.does) {
      case 'put':
        return putFile(draft, { path: FIELD, text: step.text }, who, at);
      case 'remove':
        return removeFile(draft, FIELD, who, at);
      case 'retitle':
        return retitle(draft, { title: step.title }, who, at);
      case 'check':
        return recordCheck(draft, checkOf(filesOf(step), step), at);
      case 'see':
        return seeImpact(draft, impactOf(filesOf(step), step.older ? hashOf(FIRST) : draft.from, { id: at }), who, at);
      case 'submit':
        return submit(draft, who, at, basesAt(this.activations, at));
      case 'approve':
        return approve(draft, who, at, this.settings);
      case 'reopen':
        return reopen(draft, who, at, { why: '', activations: this.activations });
      default:
        return deleteDraft(draft, who, at);
    }
  }

  replace(which: number, outcome: DraftWithTexts | Refused, step: Step): void {
    const before = this.drafts[which] as DraftWithTexts;
    if (isRefused(outcome) || outcome === before) return;
    assert.ok(outcome.revision > before.revision, 'the revision grows');
    assert.equal(outcome.hash, hashOf(outcome.texts), 'a draft is known by the hash of its files');
    const said = this.said[which] as Said;
    if (outcome.hash !== before.hash) {
      assert.deepEqual(outcome.approvals, [], 'a changed file voids approvals');
      assert.deepEqual([outcome.state, outcome.checked, outcome.impactRead], ['draft', undefined, []]);
      this.said[which] = nothingSaid();
    } else if (step.does === 'approve') {
      assert.equal(said.read.get(step.who.name), outcome.from, 'whoever approves has read what changes');
      said.approvedBy.add(step.who.name);
    } else if (step.does === 'retitle' || step.does === 'reopen') said.approvedBy.clear();
    else if (step.does === 'check') said.clean = step.errors === 0 && step.examplesFailed === 0;
    else if (step.does === 'see') said.read.set(step.who.name, step.older ? hashOf(FIRST) : outcome.from);
    assert.ok(
      !['published', 'deleted'].includes(before.state) || step.does === 'reopen',
      'what is done is not worked on',
    );
    this.drafts[which] = outcome;
  }

  publish(which: number, inMinutes: number, who: Actor, at: string): void {
    const draft = this.drafts[which] as DraftWithTexts;
    const from = new Date(Date.parse(at) + inMinutes * 60_000).toISOString();
    const outcome = publish(draft, who, at, { settings: this.settings, activations: this.activations, from });
    if (isRefused(outcome)) return;
    const said = this.said[which] as Said;
    assert.ok(said.clean, 'checked, without an error or an example that fails');
    assert.equal(draft.from, inEffectAt(this.activations, from)?.hash, 'it was made from the version it replaces');
    for (const { read } of outcome.activation.approvers ?? [])
      assert.equal(read?.against, draft.from, 'whoever approved saw what changes from the version it replaces');
    said.approvedBy.delete(draft.author.name);
    assert.ok(said.approvedBy.size >= this.settings.approvals, 'approved by as many others as needed');
    assert.ok(from >= at, 'not in the past');
    assert.ok(outcome.draft.revision > draft.revision);
    this.activations = [...this.activations, { ...outcome.activation, seq: this.activations.length + 1 }];
    this.texts.set(draft.hash, draft.texts);
    this.drafts[which] = { ...outcome.draft, publishedAs: this.activations.length };
    this.published++;
  }

  goBack(how: 'restore' | 'withdraw', which: number, who: Actor, at: string): void {
    if (how === 'withdraw') {
      const outcome = withdraw(which, who, at, this.activations);
      if (!isRefused(outcome))
        this.activations = this.activations.map((activation) =>
          activation === outcome ? { ...activation, withdrawnAt: at } : activation,
        );
      return;
    }
    const hash = [...this.texts.keys()][which] ?? 'never kept';
    const activation = restore(hash, who, at, { reason: 'A reason', activations: this.activations });
    if (isRefused(activation)) return;
    assert.ok(this.wereInEffect.has(hash), 'only what was in effect comes back');
    this.activations = [...this.activations, { ...activation, seq: this.activations.length + 1 }];
  }

  /** What takes effect was made from what was in effect before; all else is held back. */
  nothingIsUndone(): void {
    const held = heldBack(this.activations).map(({ activation }) => activation.seq);
    const inOrder = this.activations
      .filter(({ seq, withdrawnAt }) => withdrawnAt === undefined && !held.includes(seq))
      .sort((a, b) => (a.from === b.from ? a.seq - b.seq : a.from < b.from ? -1 : 1));
    for (const [i, { how, base }] of inOrder.entries())
      if (how === 'published') assert.equal(inOrder[i - 1]?.hash, base, 'made from the version before it');
    for (const seq of held) assert.equal(this.activations[seq - 1]?.how, 'published');
    this.held += held.length;
  }

  onlyGrew(before: readonly Activation[], at: string): void {
    for (const [i, activation] of before.entries()) {
      const { withdrawnAt, ...now } = this.activations[i] as Activation;
      const { withdrawnAt: former, ...then } = activation;
      assert.deepEqual(now, then);
      assert.ok(
        withdrawnAt === former || (former === undefined && at < activation.from),
        'withdrawn once, and before it begins',
      );
    }
  }
}

t.test('no steps of anybody publish what was not approved, checked and seen', async (t) => {
  let published = 0;
  let held = 0;
  for (const approvals of [1, 2] as const)
    await holds(
      t,
      `${approvals} to approve`,
      300,
      fc.property(steps, (taken) => {
        const office = new Office({ approvals });
        for (const [i, step] of taken.entries()) office.take(step, minute(i + 1));
        for (const [at, seq] of office.past)
          assert.equal(inEffectAt(office.activations, at)?.seq, seq, 'what was in effect stays so for good');
        office.nothingIsUndone();
        published += office.published;
        held += office.held;
      }),
    );
  t.ok(published > 0, `drafts came to be published (${published})`);
  t.ok(held > 0, `and scheduled ones to be held back (${held})`);
});

t.test('what is in effect is what began last; of what began together, what was entered last', (t) => {
  const SECOND = version([{ path: 'rules/rulebook.json', text: '{}' }]).texts;
  for (const [activations, seq, title] of [
    [inEffect(), undefined, 'nothing yet'],
    [inEffect([FIRST, 6]), undefined, 'one that is to come'],
    [inEffect([FIRST, 5]), 1, 'one that begins now'],
    [inEffect([FIRST, 3], [SECOND, 4]), 2, 'the later'],
    [inEffect([SECOND, 4], [FIRST, 3]), 1, 'the later, though entered first'],
    [inEffect([FIRST, 4], [SECOND, 4]), 2, 'both at once'],
    [inEffect([FIRST, 3], [SECOND, 4, 2]), 1, 'the later was withdrawn'],
  ] as const)
    t.equal(inEffectAt(activations, minute(5))?.seq, seq, title);
  t.end();
});
