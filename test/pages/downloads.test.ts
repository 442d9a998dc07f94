/** What can be downloaded of an extract from its page, without a browser. */
import t from 'tap';
import { FORM_TYPES, FORMS } from '#extract/forms/form';
import { pages } from '#pages/pages';
import { LEA, line, service } from '../support/service.ts';

t.setTimeout(900_000);

t.test('each form has an address, which gives what REST gives', async (t) => {
  const { app, ask, key } = await service(t, {}, () => ({ pages: pages() }));
  const headers = key('vendor', [LEA]);
  await ask({ method: 'POST', url: '/v1/uploads', headers, payload: line('SENR') });
  const payload = { reportingLEAs: [LEA], academicYear: '2023-2024' };
  const { id, links } = (await ask({ method: 'POST', url: '/v1/extracts', headers, payload })).body;
  await app.jobs.extract.idle();
  const signed = await app.inject({
    method: 'POST',
    url: '/sign-in',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ key: headers.authorization.replace('Bearer ', ''), to: '/' }).toString(),
  });
  const cookie = String(signed.headers['set-cookie']).split(';')[0] ?? '';
  const visit = (url: string) => app.inject({ url, headers: { cookie } });

  const list = (await visit('/extracts')).body;
  const page = (await visit(`/extracts/${id}`)).body;
  for (const form of FORMS) {
    const address = `/extracts/${id}/file.${form === 'text' ? 'txt' : form}`;
    for (const html of [list, page]) t.match(html, `href="${address}"`, address);
    for (const query of form === 'text' ? [''] : ['', '?labels=true']) {
      const answer = await visit(address + query);
      const expected = await app.inject({
        url: `${links.self}/file${query}`,
        headers: { ...headers, accept: FORM_TYPES[form] },
      });
      t.equal(answer.statusCode, 200);
      t.ok(answer.rawPayload.equals(expected.rawPayload), address + query);
      for (const name of ['content-type', 'content-disposition'])
        t.equal(answer.headers[name], expected.headers[name], name);
    }
  }
  // The equals sign is escaped like everything that HTML could take for its own.
  t.match(page, `href="/extracts/${id}/file.xlsx?labels&#61;true"`);
  t.equal((await app.inject({ url: `/extracts/${id}/file.xlsx` })).statusCode, 303, 'not signed in');
});
