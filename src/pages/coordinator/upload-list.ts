/** `/uploads/ID/problems.csv` and `.xlsx`, and how far an upload is. */
import { FORM_TYPES } from '#extract/forms/form';
import type { Page } from '../visit.ts';
import { hasEnded, type ShownJob } from './shown.ts';

export const problemBook: Page = {
  path: '/uploads/:id/problems.xlsx',
  async get(visit) {
    visit.reply.header('content-disposition', 'attachment; filename="problems.xlsx"');
    return visit.passOn(`/v1/uploads/${visit.part('id')}/problems`, FORM_TYPES.xlsx);
  },
};

export const problemList: Page = {
  path: '/uploads/:id/problems.csv',
  get: (visit) => visit.passOn(`/v1/uploads/${visit.part('id')}/problems`, 'text/csv'),
};

export const uploadProgress: Page = {
  path: '/uploads/:id/progress',
  get: (visit) =>
    visit.follow(async () => {
      const { body } = await visit.ask<ShownJob>(`/v1/uploads/${visit.part('id')}/status`);
      return { percent: body.progress, hasEnded: hasEnded(body) };
    }),
};
