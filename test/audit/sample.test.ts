/** Samples: what the other side draws from the words of the method alone is what was drawn. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { methodWords, Sampler } from '#audit/sample';

interface One {
  readonly identity: readonly string[];
  readonly stratum: string;
}

const draw = (all: readonly One[], seed: string, size: number) => {
  const sampler = new Sampler<string>({ seed, size });
  for (const { identity, stratum } of all) sampler.add(identity, stratum, () => identity.join('^'));
  return sampler.finish();
};

/** As the words of the method say it: everything at hand at once, and sorted. */
function drawnByHand(all: readonly One[], seed: string, size: number): string[] {
  const numbered = all.map(({ identity, stratum }) => {
    const name = identity.join('^');
    return { name, stratum, number: createHash('sha256').update(`${seed}\n${name}`, 'utf8').digest('hex') };
  });
  const strata = [...new Set(all.map(({ stratum }) => stratum))].map((value) => ({
    value,
    lowest: numbered.filter(({ stratum }) => stratum === value).sort((a, b) => (a.number < b.number ? -1 : 1)),
  }));
  const turns = strata.flatMap(({ value, lowest }) =>
    lowest.map((one, before) => ({ value, one, isFirst: before === 0, large: lowest.length / Math.max(before, 1) })),
  );
  turns.sort((a, b) => Number(b.isFirst) - Number(a.isFirst) || b.large - a.large || (a.value < b.value ? -1 : 1));
  const chosen = new Set(turns.slice(0, size).map(({ one }) => one.name));
  return numbered.filter(({ name }) => chosen.has(name)).map(({ name }) => name);
}

t.test('the words of the method are enough to draw the same', async (t) => {
  const population = fc.uniqueArray(
    fc.record({
      identity: fc.tuple(fc.string({ maxLength: 6 }), fc.string({ maxLength: 3 })),
      stratum: fc.constantFrom('', 'a', 'b', 'é', 'c'),
    }),
    { selector: ({ identity }) => identity.join('^'), maxLength: 60 },
  );
  fc.assert(
    fc.property(population, fc.string(), fc.integer({ min: 1, max: 40 }), (all, seed, size) => {
      const { drawn, strata, population } = draw(all, seed, size);
      t.same(
        drawn.map(({ item }) => item),
        drawnByHand(all, seed, size),
      );
      t.equal(drawn.length, Math.min(size, all.length));
      t.equal(population, all.length);
      for (const { value, population, drawn: share } of strata) {
        t.equal(population, all.filter(({ stratum }) => stratum === value).length);
        t.equal(share, drawn.filter(({ stratum }) => stratum === value).length);
      }
    }),
    { numRuns: 200 },
  );
});

t.test('a sample is the same on every machine, forever', async (t) => {
  const all = Array.from({ length: 1000 }, (_, i) => ({
    identity: [String(9_900_000_000 + i), '9900001', '9900011', '05'],
    stratum: i % 10 === 0 ? 'rare' : 'usual',
  }));
  const { drawn, strata } = draw(all, '2024-07-15', 5);
  t.same(
    drawn.map(({ item }) => item.slice(0, 10)),
    ['9900000171', '9900000630', '9900000648', '9900000976', '9900000989'],
  );
  t.same(strata, [
    { value: 'rare', population: 100, drawn: 1 },
    { value: 'usual', population: 900, drawn: 4 },
  ]);
  t.same(
    draw(all.toReversed(), '2024-07-15', 5)
      .drawn.map(({ hash }) => hash)
      .sort(),
    drawn.map(({ hash }) => hash).sort(),
  );
  t.notSame(draw(all, '2024-07-16', 5).drawn, drawn);
  t.match(methodWords('the SSID'), /SHA-256 of the seed, a line feed and the SSID, as UTF-8/);
});

t.test('a column with a value for each row makes no strata', async (t) => {
  const sampler = new Sampler<number>({ seed: '', size: 3 });
  t.throws(() => {
    for (let i = 0; i < 2_001; i++) sampler.add([String(i)], String(i), () => i);
  }, /there are more than 2000 different values to draw by; choose a column with fewer/);
});
