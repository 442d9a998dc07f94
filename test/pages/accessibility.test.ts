/** What tests of pages ask axe for, it finds. */
import t from 'tap';
import { accessibility, closeBrowser, openPage, WITH_BROWSER } from './browser.ts';

t.setTimeout(900_000);
t.teardown(closeBrowser);

const page = (body: string): string =>
  `<!doctype html><html lang="en"><head><title>A page</title></head><body><main>${body}</main></body></html>`;

t.test('a page with faults is found out, and one without is not', WITH_BROWSER, async (t) => {
  const opened = await openPage(t);
  await opened.setContent(page('<h1>Files</h1><label>Key <input></label>'));
  t.same(await accessibility(opened), []);
  await opened.setContent(
    page('<h1>Files</h1><input><img src="data:,"><p style="color: #ccc; background: #fff">Pale</p>'),
  );
  t.same((await accessibility(opened)).sort(), ['color-contrast: p', 'image-alt: img', 'label: input']);
});
