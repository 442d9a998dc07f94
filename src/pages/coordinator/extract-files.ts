/** The files of an extract, its reports, and how far it is. */
import { type Page, pageAt, type Visit } from '../visit.ts';
import { downloadPages } from './downloads.ts';
import { hasEnded, type ShownExtract } from './shown.ts';

const addressOf = (visit: Visit): string => `/v1/extracts/${visit.part('id')}`;

const file = (name: string): Page => ({
  path: `/extracts/:id/${name}`,
  get: (visit) => visit.passOn(`${addressOf(visit)}/${name}`),
});

export const extractFiles: readonly Page[] = [
  ...downloadPages,
  file('trace'),
  file('manifest'),
  file('exceptions/workbook'),
  file('exceptions/list'),
  {
    path: '/extracts/:id/reports/:name',
    get: (visit) => visit.passOn(`${addressOf(visit)}/reports/${visit.part('name')}`),
  },
  ...['workbook', 'list'].map(
    (name): Page => ({
      path: `/extracts/:id/horizons/:name/${name}`,
      get: (visit) => visit.passOn(`${addressOf(visit)}/horizons/${visit.part('name')}/${name}`),
    }),
  ),
  ...['workbook', 'list'].map(
    (name): Page => ({
      path: `/extracts/:id/grounds/:field/${name}`,
      get: (visit) => {
        const asked = new URLSearchParams({ value: visit.query['value'] ?? '' }).toString();
        return visit.passOn(`${addressOf(visit)}/grounds/${visit.part('field')}/${name}?${asked}`);
      },
    }),
  ),
  {
    path: '/extracts/:id/progress',
    get: (visit) =>
      visit.follow(async () => {
        const { body } = await visit.ask<ShownExtract>(addressOf(visit));
        return { percent: body.progress, hasEnded: hasEnded(body) };
      }),
  },
  {
    path: '/extracts/:id/cancel',
    async post(visit) {
      await visit.ask({ method: 'DELETE', url: addressOf(visit) });
      return visit.go(pageAt(addressOf(visit)));
    },
  },
];
