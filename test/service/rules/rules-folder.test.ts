/** A folder of rules that people work in, look by look; and one real watch. */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import t from 'tap';
import { loadRulebook, SHIPPED_RULES } from '#rulebook/load/load';
import { type RulesFolder, rulesFolder } from '#service/rules/rules-folder';
import { lookAt, watchRules } from '#service/rules/watch-rules';
import { folder } from '../../support/folders.ts';
import { LEA, service } from '../../support/service.ts';

const FORTY = 'fields/40-homeless-program-eligible.json';

/** A copy of the shipped rules to work in. */
function copy(t: Parameters<typeof folder>[0]) {
  const dir = join(folder(t), 'rules');
  cpSync(SHIPPED_RULES, dir, { recursive: true });
  const rulebook = loadRulebook(dir);
  const file = join(dir, FORTY);
  return { dir, file, rulebook, text: readFileSync(file, 'utf8') };
}

/** As many looks as it takes for something to be said, of three. */
function looks(rules: RulesFolder): ReturnType<RulesFolder['look']> {
  for (let i = 0; i < 3; i++) {
    const found = rules.look();
    if (found) return found;
  }
  return undefined;
}

t.test('a change is told once, when two looks have found the same', async (t) => {
  const { dir, file, rulebook, text } = copy(t);
  const rules = rulesFolder(dir, rulebook.hash);
  t.equal(looks(rules), undefined, 'nothing was changed');
  writeFileSync(file, text.replace('"Y"', '"X"'));
  t.equal(rules.look(), undefined, 'it may still be written');
  const found = rules.look();
  t.equal(found && 'rulebook' in found && found.rulebook.hash, loadRulebook(dir).hash);
  t.equal(looks(rules), undefined, 'it was told');
});

t.test('a file that is half written is no change yet', async (t) => {
  const { dir, file, rulebook, text } = copy(t);
  const rules = rulesFolder(dir, rulebook.hash);
  const changed = text.replace('"Y"', '"X"');
  for (const part of [0.2, 0.4, 0.6, 0.8]) {
    writeFileSync(file, changed.slice(0, changed.length * part));
    t.equal(rules.look(), undefined);
  }
  writeFileSync(file, changed);
  t.ok('rulebook' in (looks(rules) ?? {}));
});

t.test('an editor that writes another file and renames it', async (t) => {
  const { dir, file, rulebook, text } = copy(t);
  const rules = rulesFolder(dir, rulebook.hash);
  writeFileSync(`${file}.tmp`, text.replace('"Y"', '"X"'));
  t.match(looks(rules), { refused: { findings: [{ message: /a rulebook cannot have this file/ }] } });
  renameSync(`${file}.tmp`, file);
  t.ok('rulebook' in (looks(rules) ?? {}));
});

t.test('an invalid change is told with file, line and sentence, once; putting it right is told too', async (t) => {
  const { dir, file, rulebook, text } = copy(t);
  const rules = rulesFolder(dir, rulebook.hash);
  writeFileSync(file, text.replace('"programAtSchool"', '"nowhereDeclared"'));
  t.match(looks(rules), {
    refused: { findings: [{ file: `rules/${FORTY}`, line: Number, message: /nowhereDeclared/ }] },
  });
  t.equal(looks(rules), undefined);
  writeFileSync(file, text);
  const found = looks(rules);
  t.equal(found && 'rulebook' in found && found.rulebook.hash, rulebook.hash);
});

t.test('a folder that is gone, and comes back', async (t) => {
  const { dir, rulebook } = copy(t);
  const rules = rulesFolder(dir, rulebook.hash);
  renameSync(dir, `${dir}-aside`);
  t.match(looks(rules), { refused: { message: /is not a folder/ } });
  mkdirSync(dir);
  t.match(looks(rules), { refused: { findings: [{ message: /the file is missing/ }] } }, 'empty');
  rmSync(dir, { recursive: true });
  renameSync(`${dir}-aside`, dir);
  t.ok('rulebook' in (looks(rules) ?? {}));
});

t.test('in a service: a valid change takes effect, an invalid one is reported and ignored', async (t) => {
  const { dir, file, rulebook, text } = copy(t);
  const { app, ask, key, log, store } = await service(t, {}, () => ({ rulebook }));
  const headers = key('policy', [LEA]);
  const rules = rulesFolder(dir, rulebook.hash);
  const settle = async () => [await lookAt(app, rules), await lookAt(app, rules)];
  const inEffect = async () => (await ask({ url: '/v1/rulebook', headers })).body;

  writeFileSync(file, text.replace('"Y"', '"X"'));
  await settle();
  const changed = await inEffect();
  t.match(changed, { activation: { how: 'files' } });
  t.not(changed.sha256, rulebook.hash);

  writeFileSync(file, text.slice(0, 300));
  await settle();
  t.equal((await inEffect()).sha256, changed.sha256);
  const { body } = await ask({ url: '/v1/rulebook/versions', headers });
  t.match(body.refused, [
    {
      reason: /^The files of the watched folder cannot be used: /,
      findings: [new RegExp(`^rules/${FORTY}:\\d+:\\d+`)],
    },
  ]);
  t.match((await ask({ url: '/health/ready' })).body, { refused: String });
  t.ok((await ask({ url: '/metrics' })).text.includes('cenr_rulebook_refused_total{of="folder"} 1'));
  t.match(
    log.map((l) => JSON.parse(l)).find(({ msg }) => /watched folder/.test(msg)),
    { ruleFindings: [new RegExp(FORTY)] },
  );

  writeFileSync(file, text.replace('"Y"', '"X"'));
  await settle();
  t.equal((await inEffect()).sha256, changed.sha256);
  t.equal((await store.activations()).length, 1, 'what is in effect already is not entered again');
  t.same((await ask({ url: '/v1/rulebook/versions', headers })).body.refused, []);

  store.keepRulebook = async () => {
    throw new Error('disk');
  };
  writeFileSync(file, text);
  await settle();
  t.equal((await inEffect()).sha256, changed.sha256, 'a store that cannot be written ends nothing');
});

t.test('a real watch', async (t) => {
  const { dir, file, rulebook, text } = copy(t);
  const { app } = await service(t, {}, () => ({ rulebook }));
  const stop = watchRules(app, rulesFolder(dir, rulebook.hash), 1);
  t.teardown(stop);
  writeFileSync(file, text.replace('"Y"', '"X"'));
  while ((await app.rules.current()).hash === rulebook.hash) await immediate();
  t.match((await app.rules.current()).activation, { how: 'files' });
});
