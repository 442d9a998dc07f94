/** A change of the rules from the command line, against a service as it runs: every step as a person types it. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadUpload } from '#pipeline/load-upload';
import { readTexts, SHIPPED_RULES } from '#rulebook/load/load';
import { hashOf } from '#rulebook/load/texts';
import { createKey, KEY_RANDOM_BYTES } from '#service/keys';
import { startServer } from '#service/server';
import { FORTY, saying } from '../support/desk.ts';
import { folder } from '../support/folders.ts';
import { shipped } from '../support/histories.ts';
import { LEA, line, NOW } from '../support/service.ts';
import { cenr, cenrProcess, type Ran } from './cenr.ts';

t.setTimeout(900_000);

/** A service with one homeless student, and the keys of two people as files. */
async function office(t: Test) {
  const dir = folder(t);
  const storeDir = join(dir, 'store');
  const file = join(dir, 'students.txt');
  writeFileSync(
    file,
    [line('SENR'), line('SPRG', { educationProgramCode: '191', educationProgramMembershipStartDate: '20230815' })].join(
      '\n',
    ),
  );
  const server = await startServer({
    storeDir,
    port: 0,
    logLevel: 'silent',
    prepare: async (store, _config, rulebook) => {
      for (const [i, name] of ['an author', 'an approver'].entries()) {
        const { key, record } = createKey({
          name,
          role: 'policy',
          leas: 'all',
          now: NOW,
          random: Buffer.alloc(KEY_RANDOM_BYTES, i + 1),
        });
        await store.addKey(record);
        writeFileSync(join(dir, name), `${key}\n`);
      }
      const receivedAt = NOW.toISOString();
      await loadUpload({
        storeDir,
        id: 'up_1',
        sender: LEA,
        files: [{ name: 'students', path: file }],
        receivedAt,
        loadDay: '20240715',
        rulebook,
      });
    },
  });
  t.teardown(() => server.close());
  const as =
    (name: string, run = cenr) =>
    (...args: readonly string[]): Promise<Ran> =>
      run('rules', ...args, '--service', server.address, '--key', join(dir, name));
  return {
    dir,
    server,
    author: as('an author'),
    approver: as('an approver'),
    /** The author, at a process of its own. */
    asProcess: as('an author', cenrProcess),
  };
}

t.test('a change goes its whole way by commands, and back', async (t) => {
  const { dir, author, approver, asProcess } = await office(t);
  const rules = join(dir, 'rules');
  cpSync(SHIPPED_RULES, rules, { recursive: true });
  rmSync(join(rules, 'ledger'), { recursive: true, force: true });

  const created = await author(
    'draft',
    'create',
    '--title',
    'Another value for field 40',
    '--reason',
    'The page says so now.',
  );
  t.match(created, { code: 0, out: /^draft_\w+\n$/ });
  const id = created.out.trim();

  for (const [path, text] of Object.entries(saying('X'))) writeFileSync(join(dir, path), text);
  const one = await author('draft', 'put', id, '--file', join(dir, FORTY));
  t.match(one, { code: 0, out: `sent  ${FORTY}\n`, err: /revision 2/ });
  t.equal((await asProcess('draft', 'get', id, FORTY)).out, readFileSync(join(dir, FORTY), 'utf8'), 'byte for byte');
  const all = await author('draft', 'put', id, '--dir', rules);
  t.match(all, { code: 0, out: /^sent {2}rules\/examples\/40-/, err: /revision 3/ }, 'one call, one revision');
  t.match(all.out, /removed {2}rules\/ledger\//, 'what the folder does not have is removed');
  t.notMatch(all.out, FORTY, 'what it has already is not sent');
  const hash = hashOf(readTexts(rules));
  t.match((await author('draft', 'show', id)).out, hash, 'the draft is what the folder is');
  t.match(await author('draft', 'put', id, '--dir', rules), { code: 0, out: '', err: /already has these files/ });

  // The ledger is what the examples cite, so it comes back.
  cpSync(join(SHIPPED_RULES, 'ledger'), join(rules, 'ledger'), { recursive: true });
  t.match(await author('draft', 'put', id, '--dir', rules), { code: 0, out: /^sent {2}rules\/ledger\// });

  const copy = join(dir, 'copy');
  t.match(await author('draft', 'get', id, '--dir', copy), { code: 0, err: /wrote \d+ files to/ });
  t.equal(
    hashOf(readTexts(join(copy, 'rules'))),
    hashOf(readTexts(rules)),
    'the files of the draft as a folder to go on with',
  );
  t.match(await author('draft', 'get', id, '--dir', copy), { code: 2, err: /already exists/ });

  t.match(await asProcess('draft', 'check', id), { code: 0, out: /0 errors, .* 0 of \d+ examples failed/ });
  const changes = join(dir, 'changes.csv');
  const asked = [id, '--lea', LEA, '--academic-year', '2023-2024', '--run-date', '2024-07-15'];
  const impact = await author('draft', 'impact', ...asked, '--changes', changes);
  t.match(impact, { code: 0, out: /field 40/ });
  t.match(readFileSync(changes, 'utf8'), /,Y,X,/);

  t.match(await author('draft', 'submit', id), { code: 0, out: /submitted/ });
  t.match(await author('draft', 'approve', id), { code: 2, err: /CENR_DRAFT_YOURS/ });
  t.match(await approver('draft', 'reopen', id, '--why', 'One more look.'), { code: 0, out: / {2}draft, revision/ });
  t.match(await author('draft', 'submit', id), { code: 0 });
  t.match(await approver('draft', 'approve', id, '--revision', '1'), {
    code: 2,
    err: /the draft is at revision \d+.*cenr rules draft show.*CENR_DRAFT_CHANGED/,
  });
  t.match(await approver('draft', 'approve', id), { code: 2, err: /You have not read.*CENR_IMPACT_NOT_SEEN/s });
  t.match(await approver('draft', 'impact', ...asked), { code: 0 });
  t.match(await approver('draft', 'approve', id), { code: 0, out: /approved/ });
  const shown = await approver('draft', 'show', id);
  t.match(
    shown.out,
    /impact {5}read .* by an approver, 1 students: 1 value in 1 row, 0 rows new, 0 gone \(2023-2024\)/,
  );
  t.match(shown.out, /approved {3}1 of 1; an approver, .* \(1 value in 1 row/);
  const published = await author('draft', 'publish', id);
  t.match(published, { code: 0, out: /^published: [0-9a-f]{64} takes effect/ });
  const now = /[0-9a-f]{64}/.exec(published.out)?.[0] as string;
  t.match(
    (await asProcess('versions')).out,
    new RegExp(
      `${now} .*, in effect\\n {2}the same label as [0-9a-f]{64}, and other files\\n {2}activation 2: .*published by an author: The page says so now\\.\\n {4}approved by an approver, who read: 1 value in 1 row`,
    ),
  );

  const preview = await approver('restore', shipped.hash.slice(0, 8), '--preview');
  t.match(preview, { code: 0, out: /changed {2}rules\/fields\/40-.*\n.*The rule "eligible" of field 40 .* changed/s });
  t.match(await approver('restore', shipped.hash.slice(0, 8)), { code: 2, err: /give --reason REASON, or --preview/ });
  const back = await approver('restore', shipped.hash.slice(0, 8), '--reason', 'It was another program.');
  t.match(back, { code: 0, out: new RegExp(`restored: ${shipped.hash}`) });
  t.match(back.out, preview.out, 'and says what it undid');
  t.match(back.out, /ask somebody else to confirm it by .*: cenr rules confirm 3/);
  t.match((await author('versions')).out, /not confirmed; somebody else is asked to do so by/);
  t.match(await approver('confirm', '3'), { code: 2, err: /CENR_RESTORE_YOURS/ });
  t.match(await author('confirm', '3'), { code: 0, out: /confirmed by an author/ });
  t.match(await approver('withdraw', '3'), { code: 2, err: /CENR_ENTRY_NOT_TO_COME/ });
  t.match((await author('draft', 'list')).out, new RegExp(`^${id} {2}published`));
});

t.test('mistakes at the keyboard', async (t) => {
  const { dir, author } = await office(t);
  const id = (await author('draft', 'create', '--title', 'A draft')).out.trim();
  const file = join(dir, 'somewhere.json');
  writeFileSync(file, '{');
  t.match(await author('draft', 'put', id, '--file', file), { code: 2, err: /give its path with --as/ });
  mkdirSync(join(dir, 'empty'));
  t.match(await author('draft', 'put', id, '--dir', join(dir, 'empty')), { code: 2, err: /has no rulebook\.json/ });
  t.match(await author('draft', 'get', id), { code: 2, err: /give a path in the rulebook or --dir DIR, not both/ });
  t.match(await cenr('rules', 'versions', '--key', join(dir, 'no.key')), {
    code: 2,
    err: /there is no file ".*no\.key"; --key names/,
  });
  t.match(await cenr('rules', 'versions', '--key', join(SHIPPED_RULES, 'rulebook.json')), {
    code: 2,
    err: /does not hold an API key/,
  });
  t.match(await author('draft', 'put', id), { code: 2, err: /give --file FILE or --dir DIR, not both/ });
  t.match(await author('draft', 'put', id, '--file', file, '--as', FORTY), { code: 0 });
  const checked = await author('draft', 'check', id);
  t.match(checked, { code: 2, out: /40-homeless-program-eligible\.json:1:2: error: not JSON/ });
  t.match(await author('draft', 'impact', id, '--lea', LEA, '--academic-year', '2023-2024'), {
    code: 2,
    err: /Failed: .*not JSON/s,
  });
  t.match(await author('draft', 'remove', id, FORTY), { code: 0 });
  t.match(await author('draft', 'remove', id, FORTY), { code: 2, err: /has no file/ });
  t.match(await author('draft', 'delete', id), { code: 0, out: /deleted/ });
  t.match(await author('draft', 'show', 'draft_none'), { code: 2, err: /no such draft.*CENR_NOT_FOUND/ });
  t.match(await author('restore', '00000000', '--reason', 'why'), { code: 2, err: /no versions/ });
  t.match(await cenr('rules', 'versions', '--service', 'http://127.0.0.1:1', '--key', join(dir, 'an author')), {
    code: 2,
    err: /cannot be reached/,
  });
  t.match(await cenr('rules', 'versions', '--service', 'over there'), { code: 2, err: /is not an address/ });
  t.match(await cenrProcess('rules', 'versions'), { code: 2, err: /there is no API key; set CENR_KEY/ });
});
