/**
 * What is shown while every student of an extract is looked at, in place of exceptions, of students without a row and of
 * samples of them; `/extracts/ID/survey/WHICH` tells a browser how far that is.
 */
import type { SurveyUnderWay } from '#service/extracts/surveys';
import { frame } from '../frame.ts';
import { html } from '../html.ts';
import { progress } from '../parts.ts';
import { NOT_FOUND, type Page, type Params, RefusedError, type Visit } from '../visit.ts';

/** A browser without JavaScript looks again after so many seconds. */
const AGAIN_SECONDS = 5;
/** How long one look waits for the end: each stands in the access log. */
const LOOK_SECONDS = 3;
const WHOLE = 100;

/** Surveys, by the route that needs them: below the extract, with a query that asks for as little as there is. */
const ROUTES: Readonly<Record<string, (query: Params) => string>> = {
  exceptions: () => 'exceptions?limit=0',
  missing: () => 'missing?limit=0',
  grounds: ({ field = '', value = '' }) =>
    `grounds/${encodeURIComponent(field)}?${new URLSearchParams({ value }).toString()}`,
};

interface Asked {
  /** `exceptions`, `missing`, or `grounds` with a query of field and value. */
  readonly which: string;
  readonly title: string;
  /** Of the page, and what it asks for besides. */
  readonly address: string;
}

/**
 * Asks a route that may have to look at every student first, and shows what it answers or how far that is. A person is
 * not kept waiting for longer than a moment.
 * @param url of the route
 * @param show the page of the answer
 * @throws RefusedError
 */
export async function surveyed<T>(
  visit: Visit,
  url: string,
  asked: Asked,
  show: (body: T) => string | Promise<string>,
): Promise<string> {
  const { status, body } = await visit.ask<T | SurveyUnderWay>({ url, headers: { prefer: 'wait=1' } });
  return status === 202 ? underWayView(visit, asked, (body as SurveyUnderWay).progress) : show(body as T);
}

function underWayView({ person, params }: Visit, { which, title, address }: Asked, percent: number): string {
  const id = params['id'] as string;
  return frame({
    title,
    person,
    above: [
      ['Extracts', '/extracts'],
      ['Extract', `/extracts/${id}`],
    ],
    again: AGAIN_SECONDS,
    modules: ['progress.js'],
    main: html`<p class="answer">This is being worked out. Every student of the extract is looked at, once; then the answer is kept.</p>
<div role="status" data-job="/extracts/${id}/survey/${which}">!${progress('How far it is', percent)}</div>
<p><a class="button" href="${address}">Look again</a></p>
<p class="hint">You can leave this page and come back. The students of a whole state take some minutes. If the service is restarted meanwhile, this begins anew.</p>`,
  });
}

export const surveyProgress: Page = {
  path: '/extracts/:id/survey/:which',
  async get(visit) {
    const { which = '' } = visit.params;
    const route = Object.hasOwn(ROUTES, which) ? ROUTES[which] : undefined;
    if (!route) throw new RefusedError(NOT_FOUND);
    const url = `/v1/extracts/${visit.part('id')}/${route(visit.query)}`;
    return visit.follow(async () => {
      const { status, body } = await visit.ask<SurveyUnderWay>({ url, headers: { prefer: `wait=${LOOK_SECONDS}` } });
      return status === 202 ? { percent: body.progress, hasEnded: false } : { percent: WHOLE, hasEnded: true };
    });
  },
};
