/** What all pages have around them. */
import type { Caller } from '#store/store';
import { assetPath } from './assets.ts';
import { html } from './html.ts';
import { leaShown, leaWords } from './lea.ts';
import { purposeShown } from './purpose-field.ts';
import type { Person } from './sessions.ts';
import { unbroken } from './unbroken.ts';

export interface Framed {
  /** The question that the page answers: its title and its heading. */
  readonly title: string;
  /** HTML. */
  readonly main: string;
  /** Places above it, from the top. */
  readonly above?: readonly (readonly [words: string, address: string])[];
  readonly person?: Person | undefined;
  /** Names of modules in `assets` that improve the page. */
  readonly modules?: readonly string[];
  /** HTML: what the page is known by; its title, where there is nothing better. It stands on top of every sheet of paper. */
  readonly identified?: string | undefined;
  /** Seconds after which a browser without JavaScript looks again. */
  readonly again?: number | undefined;
}

const PLACES: readonly (readonly [words: string, address: string, roles: readonly Caller['role'][]])[] = [
  ['Uploads', '/uploads', ['vendor', 'admin']],
  ['Extracts', '/extracts', ['vendor', 'auditor', 'admin']],
  ['Reconcile', '/reconciliations', ['vendor', 'auditor', 'admin']],
  ['SSIDs', '/ssids', ['vendor', 'admin']],
  ['Rules', '/rules', ['policy', 'vendor', 'auditor', 'admin']],
  ['Drafts', '/drafts', ['policy', 'auditor', 'admin']],
  ['Access log', '/access-log', ['auditor', 'admin']],
  ['Admin', '/admin', ['admin']],
];

export const mayOpen = ({ key }: Person, address: string): boolean =>
  PLACES.some(([, place, roles]) => place === address && roles.includes(key.role));

export function frame({ title, main, above = [], person, modules = [], identified, again }: Framed): string {
  const places = person ? PLACES.filter(([, address]) => mayOpen(person, address)) : [];
  return html`<!doctype html>
<html lang="en-US">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - cenr</title>
<link rel="icon" href="${assetPath('icon.svg')}">
<link rel="stylesheet" href="${assetPath('style.css')}">
!${again === undefined ? '' : html`<noscript><meta http-equiv="refresh" content="${String(again)}"></noscript>`}
!${modules.map((name) => html`<script type="module" src="${assetPath(name)}"></script>`)}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<p class="name"><a href="/">cenr</a></p>
!${
    person
      ? html`<nav aria-label="Places"><ul>!${places.map(([words, address]) => html`<li><a href="${address}">${words}</a></li>`)}</ul></nav>
<div class="who">!${leaShown(person)}
!${purposeShown(person)}
<form class="leave" method="post" action="/sign-out"><input type="hidden" name="token" value="${person.token}"><span>${person.key.name}</span> <button>Sign out</button></form></div>`
      : ''
  }
</header>
<main id="main" tabindex="-1">
!${above.length > 0 ? html`<nav aria-label="Where this is" class="above"><ol>!${above.map(([words, address]) => html`<li><a href="${address}">${words}</a></li>`)}</ol></nav>` : ''}
<h1>!${unbroken(html`${title}`)}</h1>
!${unbroken(person ? onPaper(main, identified ?? html`${title}`, person) : main)}
</main>
</body>
</html>
`;
}

/** Browsers repeat the head of a table on every sheet, and nothing else. On a screen it is no table. */
const onPaper = (main: string, identified: string, { key }: Person): string =>
  html`<table class="paper" role="presentation"><thead><tr><td>!${identified} Shown to ${key.name}, ${leaWords(key)}.</td></tr></thead><tbody><tr><td>
!${main}</td></tr></tbody></table>`;
