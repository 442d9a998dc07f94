/** A rule file as text in a real browser: suggestions by keyboard, marks while it is written, and without JavaScript. */
import type { Page } from 'playwright-core';
import t from 'tap';
import { accessibility, closeBrowser, openPage, pagesService, picture, signIn, WITH_BROWSER } from './browser.ts';

t.setTimeout(900_000);
t.teardown(closeBrowser);

const FILE = 'rules/fields/40-homeless-program-eligible.json';

async function openFile(page: Page, address: string, key: string): Promise<void> {
  await signIn(page, `${address}/drafts/new`, key);
  await page.getByLabel('What changes').fill('A rule');
  await page.getByRole('button', { name: 'Make the draft' }).click();
  await page.getByText('nothing changed yet').waitFor();
  await page.goto(`${page.url()}/files/${FILE}`);
}

/** Puts the cursor behind some words, and takes what stands between two places out. */
const cursorBehind = (page: Page, words: string, without = ''): Promise<unknown> =>
  page.evaluate(`{
    const area = document.querySelector('#text');
    const at = area.value.indexOf(${JSON.stringify(words)}) + ${words.length};
    area.focus();
    area.setRangeText('', at, at + ${without.length}, 'end');
    area.setSelectionRange(at, at);
  }`);

t.test('names are suggested, and written by keyboard', WITH_BROWSER, async (t) => {
  const { address, keyOf } = await pagesService(t);
  const page = await openPage(t);
  await openFile(page, address, keyOf('policy', 'all', 'A. Author'));
  const area = page.getByLabel('The file', { exact: true });
  await cursorBehind(page, '"params": { "program": "', 'homelessProgram');
  await page.keyboard.type('gift');
  const option = page.getByRole('option', { name: /^giftedAndTalentedProgram/ });
  await option.waitFor();
  t.equal(await option.getAttribute('aria-selected'), 'true');
  t.equal(await area.getAttribute('aria-activedescendant'), await option.getAttribute('id'));
  t.same(await accessibility(page), [], 'axe finds nothing while suggestions are open');
  await picture(page, 'rule-file-suggestions');
  await page.keyboard.press('Enter');
  t.match(await area.inputValue(), '"program": "giftedAndTalentedProgram" }');
  t.equal(await page.getByRole('listbox').count(), 0, 'they are gone');

  await cursorBehind(page, '"operator": "equal"');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Control+Space');
  await page.getByRole('option', { name: /^equal/ }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Escape');
  t.equal(await page.getByRole('listbox').count(), 0);
  await page.getByText('The rules can be loaded with this text.').waitFor();
});

t.test('what cannot be used is marked while it is written', WITH_BROWSER, async (t) => {
  const { address, keyOf } = await pagesService(t);
  const page = await openPage(t);
  await openFile(page, address, keyOf('policy', 'all', 'A. Author'));
  const area = page.getByLabel('The file', { exact: true });
  const text = await area.inputValue();
  await area.fill(text.replace('"homelessProgram"', '"homelesProgram"'));
  const line = page.getByRole('button', { name: /^Line \d+$/ }).first();
  await line.waitFor();
  t.equal(await area.getAttribute('aria-invalid'), 'true');
  t.ok((await page.locator('[data-marks] div').count()) > 0, 'its line is marked');
  t.same(await accessibility(page), []);
  await picture(page, 'rule-file-marked');
  await line.click();
  const at = await page.evaluate('document.querySelector("#text").selectionStart');
  t.ok(Number(at) > 0, 'the cursor goes there');
  await page.setViewportSize({ width: 320, height: 700 });
  t.equal(await page.evaluate('document.documentElement.scrollWidth'), 320, 'nothing scrolls sideways');
  await area.fill(text);
  await page.getByText('The rules can be loaded with this text.').waitFor();
  t.equal(await page.locator('[data-marks] div').count(), 0);
});

t.test('without JavaScript it is a text area', WITH_BROWSER, async (t) => {
  const { address, keyOf } = await pagesService(t);
  const page = await openPage(t, { javaScriptEnabled: false });
  await openFile(page, address, keyOf('policy', 'all', 'A. Author'));
  const area = page.getByLabel('The file', { exact: true });
  await area.fill((await area.inputValue()).replace('"Y"', '"J"'));
  await page.getByRole('button', { name: 'Keep the file' }).click();
  await page.getByText('Kept.').waitFor();
  t.match(await area.inputValue(), '"J"');
});

t.test('its script is loaded nowhere else', WITH_BROWSER, async (t) => {
  const { address, keyOf } = await pagesService(t);
  const page = await openPage(t);
  const scripts: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('rule-file.js')) scripts.push(page.url());
  });
  await signIn(page, `${address}/rules`, keyOf('policy', 'all', 'A. Author'));
  await page.goto(`${address}/drafts`);
  t.same(scripts, []);
});
