/** `/rules`: what is in force, in words: fields, parameters, and where to read more. */
import { capital, spaced } from '#base/text';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { rulesIdentified } from '../identified.ts';
import { link, table } from '../parts.ts';
import type { Person } from '../sessions.ts';
import type { Page } from '../visit.ts';
import { ruleWords } from '../words.ts';
import { daysWords } from './line-of-time.ts';
import type { ShownParameter, ShownRules } from './shown.ts';
import { activationWords, mayChangeRules, mayReadTests, shortHash, versionAddress } from './words.ts';

const MOST_VALUES = 6;

const valuesWords = ({ values, choices }: ShownParameter): string =>
  values.length > MOST_VALUES
    ? `${values.length} values`
    : values
        .map(
          (value) =>
            `${value.key === undefined ? '' : `${value.key}: `}${choices ? spaced(String(value.value)) : String(value.value)} ${daysWords(value)}`,
        )
        .join('; ');

export const view = (person: Person, rules: ShownRules): string =>
  frame({
    title: 'What do the rules say?',
    person,
    identified: rulesIdentified(rules),
    main: html`<p class="answer">${rules.name} ${rules.version} is in force. It follows “${rules.publication.page}” as updated on ${rules.publication.updated}, last compared on ${rules.lastCompared}.</p>
!${rules.activation ? html`<p>Since ${activationWords(rules.activation)}</p>` : ''}
<p><a class="button" href="/rules/versions">Versions, and what takes effect</a> !${mayChangeRules(person) ? html`<a class="button" href="/drafts/new">Make a draft</a>` : ''}</p>
!${
      mayReadTests(person)
        ? html`<p>What answers for them: <a href="/rules/ledger">each published sentence, with its rule and example</a>, <a href="/rules/examples">worked examples</a>, <a href="/rules/coverage">what these reach</a>, <a href="/rules/mutants">whether they notice mistakes</a>.</p>`
        : ''
    }
<section aria-labelledby="fields"><h2 id="fields">Derived fields</h2>
!${table(
      'Fields and their rules',
      [{ name: 'Field' }, { name: 'Rules, in their order' }, { name: 'Published' }, { name: 'Last compared' }],
      rules.fields.map(({ field, name, rules: names, source }) => [
        link(`${field} ${name}`, `${versionAddress(rules.activation?.rulebook ?? rules.sha256)}/words?field=${field}`),
        names.map(ruleWords).join(', '),
        `${source.page}, element ${source.element}`,
        source.lastCompared,
      ]),
    )}
<p><a href="${versionAddress(rules.activation?.rulebook ?? rules.sha256)}/words">Everything in words: selection, laws, reports, intervals and readings too</a></p></section>
<section aria-labelledby="parameters"><h2 id="parameters">Parameters</h2>
<p>Values that rules use by name. Open one to see its days on a line of time.</p>
!${table(
      'Parameters',
      [{ name: 'What it is' }, { name: 'Values' }, { name: 'Its name in the rules' }],
      rules.parameters.map((parameter) => [
        { html: html`<span class="sentence">${capital(parameter.says)}</span>` },
        valuesWords(parameter),
        link(parameter.name, `/rules/parameters/${parameter.name}`),
      ]),
    )}</section>
<p class="hint">Version <code>${shortHash(rules.sha256)}</code>, SHA-256 <code>${rules.sha256}</code>.</p>`,
  });

export const rules: Page = {
  path: '/rules',
  get: async (visit) => view(visit.person, (await visit.ask<ShownRules>('/v1/rulebook')).body),
};
