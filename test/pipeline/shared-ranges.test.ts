/** An extract whose ranges are made here and elsewhere is, byte for byte, the one that is made here alone. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { extractFromStore, rangeMaker } from '#pipeline/from-store';
import { loadUpload } from '#pipeline/load-upload';
import { type SharedRanges, sharedInOrder } from '#pipeline/shared-ranges';
import { writeSample } from '#sample/write';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';

// A busy machine is slow.
t.setTimeout(900_000);

const RUN_DATE = '20240715';

t.test('every second range made elsewhere gives the same rows, trace, leaves and numbers', async (t) => {
  const dir = folder(t);
  const [input, storeDir] = [join(dir, 'files'), join(dir, 'store')];
  await writeSample({ students: 300, seed: 7, leas: 3, style: 'plain' }, input);
  const files = readdirSync(input).map((name) => ({ name, path: join(input, name) }));
  await loadUpload({
    ...{ storeDir, id: 'up_1', sender: 'all', receivedAt: '2024-07-15T19:00:00.000Z', loadDay: RUN_DATE, files },
    rulebook: shipped,
  });
  const rows = {
    ...{ storeDir, rulebook: shipped, runDate: RUN_DATE, snapshot: 1, manifest: true },
    request: { reportingLEAs: 'all', academicYear: '2023-2024' } as const,
    saltKey: new Uint8Array(32).fill(7),
  };
  const make = async (name: string, workers: number, shared?: SharedRanges) => {
    const [out, trace, leaves] = ['txt', 'ndjson', 'leaves'].map((ending) => join(dir, `${name}.${ending}`)) as [
      string,
      string,
      string,
    ];
    const done = await extractFromStore({ ...rows, out, trace, leaves, workers, shared });
    return { done, files: [out, trace, leaves].map((path) => readFileSync(path)) };
  };
  const alone = await make('alone', 0);
  const elsewhere = rangeMaker(rows, 1);
  t.teardown(() => elsewhere.close());
  const { signal } = new AbortController();
  const made = { here: 0, elsewhere: 0 };
  const together = await make('together', 1, {
    ...{ from: 0, studentsARange: 20 },
    inOrder(ranges, ahead, start) {
      let taken = -1;
      return sharedInOrder(
        ranges,
        ahead,
        (range) => {
          made.here++;
          return start(range);
        },
        {
          async take(from) {
            const first = Math.max(from, taken + 1);
            const next = first + (first % 2);
            if (next >= ranges.length) return undefined;
            taken = next;
            return next;
          },
          made(place) {
            made.elsewhere++;
            return elsewhere.make(ranges[place] as (typeof ranges)[number], signal);
          },
        },
      );
    },
  });
  t.same(made, { here: 8, elsewhere: 7 });
  t.ok((alone.files[0] as Buffer).length > 10_000);
  t.same(together.done, alone.done);
  for (const [i, bytes] of together.files.entries()) t.ok(bytes.equals(alone.files[i] as Buffer), `file ${i}`);

  const few = await make('few', 1, {
    inOrder() {
      throw new Error('nobody is asked');
    },
  });
  t.same(few.done, alone.done, 'few students are made here alone');
});

/** What becomes of a task that a helper takes. */
type Fate = 'made' | 'given back' | 'never made';

t.test('in whatever order tasks are taken and made, or not, results come in order, and few wait here', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.array(fc.constantFrom<Fate>('made', 'made', 'given back', 'never made'), { maxLength: 12 }), {
        maxLength: 3,
      }),
      async (s, count, ahead, helpers) => {
        type State = 'free' | 'held' | { readonly result: number };
        const states: State[] = Array.from({ length: count }, () => 'free');
        const looks = new Set<() => void>();
        const become = (place: number, state: State): void => {
          states[place] = state;
          for (const look of looks) look();
        };
        const take = (from: number): number | undefined => {
          const place = states.findIndex((state, i) => i >= from && state === 'free');
          if (place < 0) return undefined;
          states[place] = 'held';
          return place;
        };
        const board = {
          take: async (from: number) => {
            await s.schedule(Promise.resolve(), 'take');
            return take(from);
          },
          async made(place: number) {
            for (;;) {
              const state = states[place] as State;
              if (state === 'free') return undefined;
              if (state !== 'held') return state.result;
              await new Promise<void>((resolve) => looks.add(resolve));
            }
          },
        };
        const helping = helpers.map(async (fates) => {
          for (const fate of fates) {
            await s.schedule(Promise.resolve(), 'a helper takes');
            const place = take(0);
            if (place === undefined) return;
            await s.schedule(Promise.resolve(), fate);
            // Whoever never makes it is noticed at some time.
            become(place, fate === 'made' ? { result: place } : 'free');
          }
        });
        let here = 0;
        let most = 0;
        const results: number[] = [];
        const putTogether = (async () => {
          const start = async (task: number): Promise<number> => {
            most = Math.max(most, ++here);
            await s.schedule(Promise.resolve(), `make ${task}`);
            return task;
          };
          for await (const result of sharedInOrder([...states.keys()], ahead, start, board)) {
            // What was made elsewhere never waited here.
            if (states[result] === 'held') here--;
            results.push(result);
          }
        })();
        await s.waitFor(Promise.all([...helping, putTogether]));
        const inVain = helpers.flat().filter((fate) => fate !== 'made').length;
        if (most > ahead + inVain) throw new Error(`${most} waited here, of ${ahead} and ${inVain} made in vain`);
        return results.length === count && results.every((result, i) => result === i);
      },
    ),
    { numRuns: 300 },
  );
});

t.test('a range that fails here is told in its turn', async (t) => {
  let next = 0;
  const board = { take: async () => (next < 3 ? next++ : undefined), made: async () => 0 };
  const start = async (task: number): Promise<number> => {
    if (task === 1) throw new Error('the second failed');
    return task;
  };
  const results = sharedInOrder([0, 1, 2], 3, start, board);
  t.equal((await results.next()).value, 0);
  await t.rejects(results.next(), { message: 'the second failed' });
});
