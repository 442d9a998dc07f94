/** `/drafts/ID/take-back`: takes the last change of a draft's files back. */
import type { Page } from '../visit.ts';
import { changeDraft } from './draft-frame.ts';

export const draftTakeBack: Page = {
  path: '/drafts/:id/take-back',
  async post(visit) {
    await changeDraft(visit, 'POST', '/take-back');
    const below = `/drafts/${visit.part('id')}/`;
    const on = String(visit.form['on'] ?? '');
    return visit.go(on.startsWith(below) ? on : `${below}edit`);
  },
};
