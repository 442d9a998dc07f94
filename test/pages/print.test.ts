/** On paper every page says what it is, whose data it has, who saw it and by which rules it was made, and nothing to click. */
import t from 'tap';
import { LEA, line } from '../support/service.ts';
import { closeBrowser, openPage, pagesService, signIn, WITH_BROWSER } from './browser.ts';

t.setTimeout(900_000);
t.teardown(closeBrowser);

const HASH = '[0-9a-f]{64}';

t.test('what stands on top of every sheet', WITH_BROWSER, async (t) => {
  const { address, ask, key, keyOf, app } = await pagesService(t);
  const headers = key('vendor', [LEA], 'J. Coordinator');
  const text = { ...headers, 'content-type': 'text/plain' };
  const upload = (await ask({ method: 'POST', url: '/v1/uploads', headers: text, payload: line('SENR') })).body;
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const { id } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload })).body;
  await app.jobs.extract.idle();
  const file = (await ask({ url: `/v1/extracts/${id}/file`, headers })).text;
  const compared = await ask({ method: 'POST', url: '/v1/reconciliations', headers: text, payload: file });
  await app.jobs.reconciliation.idle();

  const coordinator = await openPage(t);
  await signIn(coordinator, `${address}/`, keyOf('vendor', [LEA], 'J. Coordinator'));
  await coordinator.emulateMedia({ media: 'print' });
  const extract = `Academic Year 2023-2024, LEA ${LEA}, .*made as of 2024-07-15.*Extract ${id}, SHA-256 ${HASH}, rulebook ${HASH}`;
  const [horizon] = (await ask({ url: `/v1/extracts/${id}/horizons`, headers })).body.horizons;
  const rules = `Cumulative Enrollment Extract .*, rulebook ${HASH}`;
  for (const [path, identification] of [
    ['/', 'What is there to do\\?'],
    [`/uploads/${upload.id}`, `Upload ${upload.id}, checked by rulebook ${HASH}`],
    [`/extracts/${id}`, extract],
    [`/extracts/${id}/sample?seed=a&rows=1`, extract],
    [`/extracts/${id}/differences`, extract],
    [`/extracts/${id}/missing`, extract],
    [`/extracts/${id}/horizons/${horizon.name}`, extract],
    [`/reconciliations/${compared.body.id}`, `made as of 2024-07-15. Comparison ${compared.body.id}, rulebook ${HASH}`],
    [`/reconciliations/${compared.body.id}/rows`, `Comparison ${compared.body.id}, rulebook ${HASH}`],
    ['/rules', rules],
  ] as const) {
    await coordinator.goto(address + path);
    const head = coordinator.locator('table.paper > thead');
    t.match(await head.innerText(), new RegExp(`${identification}.*Shown to J. Coordinator, LEA ${LEA}\\.`), path);
    t.notOk(await coordinator.getByRole('navigation').first().isVisible(), `${path} prints no navigation`);
  }

  const author = await openPage(t);
  await signIn(author, `${address}/`, keyOf('policy', 'all', 'A. Author'));
  const draft = { title: 'Homeless program', reason: 'A new code' };
  const made = await ask({
    method: 'POST',
    url: '/v1/rulebook/drafts',
    headers: key('policy', 'all', 'A. Author'),
    payload: draft,
  });
  await author.emulateMedia({ media: 'print' });
  for (const [path, identification] of [
    ['/rules/coverage', rules],
    [
      `/drafts/${made.body.id}`,
      `Homeless program: a draft by A. Author.*Draft ${made.body.id}, revision \\d+, from rulebook ${HASH}`,
    ],
    [`/drafts/${made.body.id}/decide`, `Draft ${made.body.id}`],
  ] as const) {
    await author.goto(address + path);
    const head = await author.locator('table.paper > thead').innerText();
    t.match(head, new RegExp(`${identification}.*Shown to A. Author, All LEAs\\.`), path);
  }
});
