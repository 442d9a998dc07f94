/**
 * A real browser for tests of pages: `CENR_BROWSER`, a Chromium of this machine, or the one of `test/peers/browser`. Where
 * there is none, tests are skipped and say so; where one has to be there (`CENR_BROWSER_REQUIRED=1`, as in CI), they fail.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { pages } from '#pages/pages';
import type { Role } from '#publishing/role';
import type { LEAScope } from '#records/scope';
import type { ServiceConfig } from '#service/config';
import { service, type TestService } from '../support/service.ts';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];
const FLAGS = [
  '--no-sandbox',
  // There is none here, and playing one takes a third of the time of a page.
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
const LIMIT_MS = 30_000;
/** Where CI finds a picture of each story. */
const PICTURES = resolve(import.meta.dirname, '../../.tap/pictures');

/** A package that holds a Chromium with the libraries it needs, for a machine that has neither. */
const PEER = resolve(import.meta.dirname, '../peers/browser/node_modules/@sparticuz/chromium');

const found = process.env['CENR_BROWSER'] ?? PLACES.find((place) => existsSync(place));
const isThere = found !== undefined || existsSync(PEER);
const isRequired = process.env['CENR_BROWSER_REQUIRED'] === '1';

/** What a test of pages is given as options: why it is skipped, where there is no browser. */
export const WITH_BROWSER =
  isThere || isRequired
    ? {}
    : {
        skip: 'there is no browser: install Chromium, name one in CENR_BROWSER, or npm ci --prefix test/peers/browser',
      };

/** A service with pages that listens, and people who may sign in. */
export interface PagesService extends TestService {
  readonly address: string;
  /** A new key; gives what its owner types. */
  keyOf(role: Role, leas: LEAScope, name?: string): string;
}

/** A test, or a script that makes pictures. */
export interface PageOwner {
  teardown(done: () => Promise<void> | void): void;
  fail(message: string): unknown;
}

export async function pagesService(t: PageOwner, changes: Partial<ServiceConfig> = {}): Promise<PagesService> {
  const tested = await service(t, { logLevel: 'trace', ...changes }, () => ({ pages: pages() }));
  const address = await tested.app.listen({ host: '127.0.0.1', port: 0 });
  // Known only now, and needed only when somebody comes.
  Object.assign(tested.config, { publicURL: address });
  return {
    ...tested,
    address,
    keyOf: (role, leas, name) => tested.key(role, leas, name).authorization.replace('Bearer ', ''),
  };
}

let browser: Promise<Browser> | undefined;

async function launch(): Promise<Browser> {
  if (found !== undefined) return chromium.launch({ executablePath: found, args: FLAGS, timeout: LIMIT_MS });
  if (!isThere) throw new Error('there is no browser; install Chromium, or name one in CENR_BROWSER');
  const { default: peer, inflate } = await import(join(PEER, 'build/index.js'));
  const libraries: string = await inflate(join(PEER, 'bin/al2023.tar.br'));
  const launched = {
    executablePath: await peer.executablePath(),
    args: [...FLAGS, '--no-zygote'],
    env: { ...process.env, LD_LIBRARY_PATH: join(libraries, 'lib') },
    timeout: LIMIT_MS,
  };
  // Another test may still be unpacking it.
  return untilNot(/ETXTBSY/, () => chromium.launch(launched));
}

/** Does something again for as long as it fails in a way that passes. */
async function untilNot<T>(passing: RegExp, act: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await act();
    } catch (error) {
      if (!passing.test((error as Error).message)) throw error;
    }
}

/** A new page of a browser, with a fresh profile; what it reports as errors fails the test. */
export async function openPage(t: PageOwner, options: BrowserContextOptions = {}): Promise<Page> {
  browser ??= launch();
  const running = await browser;
  const context = await running.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  page.on('pageerror', (error) => t.fail(`a script of the page failed: ${error.message}`));
  page.on('console', (message) => {
    // A page that is refused is meant to be.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) t.fail(message.text());
  });
  t.teardown(() => context.close());
  return page;
}

/** To be called when a file has no more tests with a browser. It ends with the last file that shares the process. */
export async function closeBrowser(): Promise<void> {
  const shared = (globalThis as { cenrEnds?: Set<() => Promise<void>> }).cenrEnds;
  if (shared) shared.add(end);
  else await end();
}

async function end(): Promise<void> {
  const ended = await browser;
  browser = undefined;
  await ended?.close();
}

export async function signIn(page: Page, address: string, key: string): Promise<void> {
  await page.goto(address);
  await page.getByLabel('Key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** Clicks what leads to another page, and waits until that is there: the click is over before. */
export async function follow(what: Locator): Promise<void> {
  const there = what.page().waitForEvent('load');
  await what.click();
  await there;
}

/** Loads a page anew, which may be about to do so itself: pages of work that ends do. */
export const loadAgain = (page: Page): Promise<unknown> => untilNot(/net::ERR_ABORTED/, () => page.reload());

/** Half as long as the text that the package gives of itself, which every page would have to read. */
const AXE = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
declare const window: { readonly axe: typeof axe };

/** WCAG 2.2 A and AA, as axe names them. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What axe finds by WCAG 2.2 A and AA: a line for each finding. */
export async function accessibility(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    (rules): Promise<axe.AxeResults> => window.axe.run({ runOnly: rules, resultTypes: ['violations'] }),
    RULES,
  );
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${String(target)}`));
}

/** Keeps a picture of the page, for whoever looks at what CI made. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}
