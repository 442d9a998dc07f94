/** The files of an extract, its reports, and how far it is. */
import type { Page } from '../visit.ts';
import { downloadPages } from './downloads.ts';
import { hasEnded, type ShownExtract } from './shown.ts';

const addressOf = (params: Readonly<Record<string, string>>): string =>
  `/v1/extracts/${encodeURIComponent(params['id'] as string)}`;

const file = (name: string): Page => ({
  path: `/extracts/:id/${name}`,
  get: (visit) => visit.passOn(`${addressOf(visit.params)}/${name}`),
});

export const extractFiles: readonly Page[] = [
  ...downloadPages,
  file('trace'),
  file('manifest'),
  {
    path: '/extracts/:id/reports/:name',
    get: (visit) =>
      visit.passOn(`${addressOf(visit.params)}/reports/${encodeURIComponent(visit.params['name'] as string)}`),
  },
  {
    path: '/extracts/:id/progress',
    get: (visit) =>
      visit.follow(async () => {
        const { body } = await visit.ask<ShownExtract>(addressOf(visit.params));
        return { percent: body.progress, hasEnded: hasEnded(body) };
      }),
  },
  {
    path: '/extracts/:id/cancel',
    async post(visit) {
      await visit.ask({ method: 'DELETE', url: addressOf(visit.params) });
      return visit.go(`/extracts/${visit.params['id']}`);
    },
  },
];
