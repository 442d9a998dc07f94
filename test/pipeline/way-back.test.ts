/**
 * A version with a new record type is published, records of it are loaded, the version before is restored, and so on in
 * any order: nothing fails, nothing is lost, and each version says what it would say if it were the only one.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { Explainer } from '#explain/explain';
import { explanationText } from '#explain/explanation-text';
import { extractFromStore } from '#pipeline/from-store';
import { impactFromStore } from '#pipeline/impact';
import { loadUpload } from '#pipeline/load-upload';
import type { Rulebook } from '#rulebook/load/assemble';
import { verify } from '#rulebook/load/load';
import { openSqliteStore } from '#store/sqlite';
import { textsAfter } from '../policy/stories.ts';
import { folder } from '../support/folders.ts';
import { holds, shipped } from '../support/histories.ts';
import { bodiesOf } from '../support/stored.ts';

t.setTimeout(900_000);

const KNOWS = verify(textsAfter('7-add-a-record-type'));
const REQUEST = { reportingLEAs: 'all', academicYear: '2025-2026' } as const;
const RUN_DATE = '20260715';

const ssidOf = (student: number): string => String(9_900_000_001 + student);
const enrollment = (student: number, grade: number): string =>
  `SENR^^^1234567^7654321^^2025-2026^${ssidOf(student)}^S1^Sample^^Student^^^^^20130401^F^^^US^20250815^10^0${grade}`;
const certified = (student: number, result: string): string => `MEAL^${ssidOf(student)}^2025-2026^${result}`;

type Step =
  | { readonly does: 'load'; readonly lines: readonly string[] }
  | { readonly does: 'publish' | 'restore' | 'extract' | 'explain' | 'impact' };

const student = fc.nat(2);
const line = fc.oneof(
  fc.tuple(student, fc.integer({ min: 1, max: 3 })).map(([who, grade]) => enrollment(who, grade)),
  fc.tuple(student, fc.constantFrom('S', 'T', 'N')).map(([who, result]) => certified(who, result)),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('load'), lines: fc.array(line, { minLength: 1, maxLength: 4 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ does: fc.constantFrom('publish', 'restore', 'extract', 'explain', 'impact') }),
  },
);

/** A store, and two beside it in which only one of the versions was ever used. */
class Office {
  readonly dir: string;
  current: Rulebook = shipped;
  uploads = 0;
  passedOver = 0;

  constructor(dir: string) {
    this.dir = dir;
  }

  store(name: 'both' | 'old' | 'new'): string {
    return join(this.dir, name);
  }

  async load(lines: readonly string[]): Promise<void> {
    this.uploads++;
    const into = async (name: 'both' | 'old' | 'new', rulebook: Rulebook, own: readonly string[]): Promise<void> => {
      const path = join(this.dir, 'lines.txt');
      writeFileSync(path, `${own.join('\n')}\n`);
      const at = `2026-07-15T00:00:${String(this.uploads).padStart(2, '0')}.000Z`;
      const upload = { storeDir: this.store(name), id: `up_${this.uploads}`, sender: 'all', receivedAt: at };
      await loadUpload({ ...upload, loadDay: RUN_DATE, files: [{ name: 'lines.txt', path }], rulebook });
    };
    // A file without a record that a version knows is none that it takes.
    const isOld = ([first]: readonly string[]): boolean => first?.startsWith('SENR') ?? false;
    const sent = [enrollment(0, 1), ...lines];
    if (!isOld(sent)) throw new Error('a file begins with an enrollment');
    await into('both', this.current, sent);
    await into('old', shipped, sent);
    await into('new', KNOWS, this.current === KNOWS ? sent : sent.map((text) => (text.startsWith('MEAL') ? '' : text)));
  }

  async extract(name: 'both' | 'old' | 'new', rulebook: Rulebook): Promise<{ bytes: string; warnings: string[] }> {
    const out = join(this.dir, `${name}.out`);
    const how = { storeDir: this.store(name), rulebook, request: REQUEST, runDate: RUN_DATE, out };
    const { warnings } = await extractFromStore(how);
    return { bytes: readFileSync(out, 'utf8'), warnings: warnings.map(({ code, message }) => `${code}: ${message}`) };
  }

  async bodies(name: 'both' | 'old' | 'new'): Promise<Map<string, string>> {
    const store = openSqliteStore(this.store(name));
    try {
      const histories = store.forLEAs('all').histories({ from: '0000000000', through: '9999999999' });
      return new Map(await bodiesOf(histories));
    } finally {
      await store.close();
    }
  }

  async explain(): Promise<void> {
    const [alone, name] = this.current === shipped ? (['old', shipped] as const) : (['new', KNOWS] as const);
    const others = await this.bodies(alone);
    for (const [ssid, body] of await this.bodies('both')) {
      const said = [body, others.get(ssid) ?? ''].map((text) => {
        const subject = {
          ssid,
          body: text,
          request: REQUEST,
          runDate: RUN_DATE,
          visible: 'all',
          placeOf: () => undefined,
        } as const;
        return new Explainer(name, '').row(subject, { reportingLEA: '1234567', school: '7654321', grade: '01' });
      });
      const [both, only] = said.map((row) => {
        if (!row) return '';
        const { passedOver, ...rest } = row;
        const unknown = this.current === shipped ? (body.match(/MEAL\^/g)?.length ?? 0) : 0;
        if (row === said[0] && (passedOver?.['MEAL'] ?? 0) !== unknown) throw new Error('it says how many');
        return JSON.stringify(rest);
      });
      if (both !== only) throw new Error(`an explanation differs:\n${both}\n${only}`);
      if (said[0]) explanationText(said[0], { schemas: name.schemas, colors: false, isFull: true });
    }
  }

  async take(step: Step): Promise<void> {
    if (step.does === 'load') return this.load(step.lines);
    if (step.does === 'publish') this.current = KNOWS;
    else if (step.does === 'restore') this.current = shipped;
    else if (this.uploads === 0) return;
    else if (step.does === 'extract') await this.compare();
    else if (step.does === 'explain') await this.explain();
    else
      for (const [from, to] of [
        [shipped, KNOWS],
        [KNOWS, shipped],
      ] as const)
        await impactFromStore({ storeDir: this.store('both'), from, to, request: REQUEST, runDate: RUN_DATE });
  }

  /** Both versions say what they say alone, and nothing was lost. */
  async compare(): Promise<void> {
    const [old, alone] = [await this.extract('both', shipped), await this.extract('old', shipped)];
    if (old.bytes !== alone.bytes) throw new Error(`the old version says\n${old.bytes}\nalone\n${alone.bytes}`);
    const [now, newAlone] = [await this.extract('both', KNOWS), await this.extract('new', KNOWS)];
    if (now.bytes !== newAlone.bytes) throw new Error(`the new version says\n${now.bytes}\nalone\n${newAlone.bytes}`);
    const [both, kept] = [await this.bodies('both'), await this.bodies('new')];
    for (const [ssid, body] of kept)
      if (both.get(ssid) !== body) throw new Error(`kept is\n${both.get(ssid)}\nexpected\n${body}`);
    const count = [...both.values()].reduce((sum, body) => sum + (body.match(/MEAL\^/g)?.length ?? 0), 0);
    const said = old.warnings.find((warning) => warning.startsWith('RECORDS_PASSED_OVER'));
    if (count > 0 !== (said?.includes(`: MEAL ${count}.`) ?? false)) throw new Error(`${count} of MEAL, but: ${said}`);
    this.passedOver += count;
  }
}

t.test('publish, load, restore, extract, explain, impact, in any order', async (t) => {
  let passedOver = 0;
  await holds(
    t,
    'nothing fails, nothing is lost, and each version says what it would say alone',
    3,
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 8 }), async (steps) => {
      const office = new Office(folder(t));
      const way: Step[] = [
        { does: 'publish' },
        { does: 'load', lines: [certified(0, 'S')] },
        { does: 'restore' },
        ...steps,
        { does: 'extract' },
        { does: 'explain' },
      ];
      for (const one of way) await office.take(one);
      passedOver += office.passedOver;
    }),
  );
  t.ok(passedOver > 0, 'records of the new type were passed over');
});

t.test('an impact says how many records each side passes over', async (t) => {
  const office = new Office(folder(t));
  office.current = KNOWS;
  await office.load([enrollment(1, 2), certified(0, 'S'), certified(1, 'S')]);
  const options = { storeDir: office.store('both'), request: REQUEST, runDate: RUN_DATE };
  const report = await impactFromStore({ ...options, from: KNOWS, to: shipped });
  t.match(report, { passedOver: { before: {}, now: { MEAL: 2 } }, fields: [{ field: '38', rows: 2 }] });
});
