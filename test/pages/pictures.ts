/**
 * `npm run pictures`: the pictures of README, of a service with synthetic students, in a real browser: what came in, the
 * request, the extract. The days in them are those of the sample, so that they change only when pages do.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { writeSample } from '#sample/write';
import { multipart } from '../support/service.ts';
import { closeBrowser, openPage, pagesService, signIn } from './browser.ts';

const PICTURES = resolve(import.meta.dirname, '../../docs/pictures');
const LEA = '9900001';
const SIZE = { width: 1100, height: 760 };
const SAMPLE = { students: 300, seed: 5, leas: 1, style: 'plain' } as const;

/** Ends what was begun, last first, as a test does. */
const ends: (() => Promise<void> | void)[] = [];
const owner = {
  teardown: (end: () => Promise<void> | void) => void ends.unshift(end),
  fail: (message: string) => {
    throw new Error(message);
  },
};

const dir = mkdtempSync(join(tmpdir(), 'cenr-pictures-'));
owner.teardown(() => rmSync(dir, { recursive: true, force: true }));
try {
  await writeSample(SAMPLE, join(dir, 'sample'));
  const { address, keyOf, ask, key, app } = await pagesService(owner);
  const headers = { ...key('vendor', [LEA], 'J. Coordinator'), 'content-type': 'text/plain' };
  const files = readdirSync(join(dir, 'sample')).filter((name) => name.endsWith('.txt'));
  const upload = (name: string) =>
    ask({ method: 'POST', url: '/v1/uploads', headers, payload: readFileSync(join(dir, 'sample', name)) });
  const extract = async (): Promise<string> => {
    const payload = { reportingLEAs: [LEA], academicYear: '2023-2024' };
    const { body } = await ask({ method: 'POST', url: '/v1/extracts', headers: key('vendor', [LEA]), payload });
    await app.jobs.extract.idle();
    return body.id;
  };
  await upload('SENR.txt');
  await extract();
  const others = files.filter((name) => name !== 'SENR.txt');
  const { headers: type, payload } = multipart(
    Object.fromEntries(others.map((name) => [name, readFileSync(join(dir, 'sample', name), 'utf8')])),
  );
  await ask({ method: 'POST', url: '/v1/uploads', headers: { ...headers, ...type }, payload });
  const id = await extract();
  const page = await openPage(owner, { viewport: SIZE });
  await signIn(page, `${address}/`, keyOf('vendor', [LEA], 'J. Coordinator'));
  mkdirSync(PICTURES, { recursive: true });
  const { uploads } = (await ask({ url: '/v1/uploads', headers })).body;
  for (const [name, path, heading] of [
    ['upload', `/uploads/${uploads[0].id}`, undefined],
    ['request', '/extracts/new', undefined],
    ['extract', `/extracts/${id}`, 'How many rows have each value'],
  ] as const)
    await picture(page, address + path, name, heading);
} finally {
  await closeBrowser();
  for (const end of ends) await end();
}

/** @param heading scrolled to the top */
async function picture(page: Page, address: string, name: string, heading: string | undefined): Promise<void> {
  await page.goto(address);
  if (heading !== undefined)
    await page
      .getByRole('heading', { name: heading })
      .evaluate((element) => (element as unknown as { scrollIntoView(): void }).scrollIntoView());
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}
