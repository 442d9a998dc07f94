/** `/drafts/ID/suggestions/PATH`: what a script asks while somebody writes a file: what may stand here, what is wrong so far. */
import type { Page } from '../visit.ts';
import { draftRoute } from './draft-frame.ts';

export const draftSuggestions: Page = {
  path: '/drafts/:id/suggestions/*',
  async post(visit) {
    const { text = '', at, check } = visit.form;
    const payload = {
      file: visit.params['*'] as string,
      // Browsers count a line end as one character in a text area, and send two.
      text: String(text).replaceAll('\r\n', '\n'),
      ...(at !== undefined && { at: Number(at) }),
      ...(check !== undefined && { check: true }),
    };
    const { body } = await visit.ask<object>({ method: 'POST', url: `${draftRoute(visit)}/suggestions`, payload });
    return visit.reply.send(body);
  },
};
