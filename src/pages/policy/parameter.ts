/** `/rules/parameters/NAME`: the values of a parameter in force, and the days on which each holds. */
import { capital, spaced } from '#base/text';
import { withDashes } from '#records/days';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import type { Person } from '../sessions.ts';
import { type Page, RefusedError } from '../visit.ts';
import { lineOfTime } from './line-of-time.ts';
import type { ShownParameter, ShownRules } from './shown.ts';

/** @param today with dashes */
export const view = (person: Person, { name, says, reading, choices, values }: ShownParameter, today: string): string =>
  frame({
    title: 'When does each value hold?',
    person,
    above: [['Rules', '/rules']],
    main: html`<p class="answer">${capital(says)}.</p>
<p class="hint">Rules call it <code>${name}</code>.</p>
!${reading === undefined ? '' : html`<p>Reading: ${reading}</p>`}
!${choices ? html`<p>It can be set to ${choices.map(spaced).join(', ')}.</p>` : ''}
!${lineOfTime(says, values, today)}`,
  });

export const parameter: Page = {
  path: '/rules/parameters/:name',
  async get(visit) {
    const { parameters } = (await visit.ask<ShownRules>('/v1/rulebook')).body;
    const found = parameters.find(({ name }) => name === visit.params['name']);
    if (!found)
      throw new RefusedError({
        status: 404,
        code: 'CENR_NOT_FOUND',
        title: 'The rules in force have no such parameter',
        fix: 'Choose one in the list of parameters, on the page of the rules.',
      });
    return view(visit.person, found, withDashes(visit.app.today()));
  },
};
