/** Who was told that an extract has ended, and whether that arrived: a part of its page. */
import type { ShownDelivery } from '#store/delivery';
import { html } from '../html.ts';
import { table } from '../parts.ts';
import { moment } from '../words.ts';

const WAYS = { email: 'E-mail', webhook: 'Webhook' } as const;

function stateWords({ state, tries, nextTry, deliveredAt, failure }: ShownDelivery): string {
  if (deliveredAt !== undefined) return `Delivered ${moment(deliveredAt)}`;
  const tried = `${tries} ${tries === 1 ? 'try' : 'tries'}`;
  const why = failure === undefined ? '' : `: ${failure}`;
  if (state === 'not delivered') return `Not delivered, given up after ${tried}${why}`;
  return tries === 0 ? 'Waiting' : `Not delivered yet, ${tried}${why}. Next try ${moment(nextTry ?? '')}`;
}

export const deliveriesPart = (deliveries: readonly ShownDelivery[] = []): string =>
  deliveries.length === 0
    ? ''
    : html`<section aria-labelledby="told"><h2 id="told">Who was told</h2>
!${table(
        'E-mails and webhooks that say how this ended',
        [{ name: 'To' }, { name: 'How' }, { name: 'State' }],
        deliveries.map((delivery) => [delivery.to, WAYS[delivery.way], stateWords(delivery)]),
      )}</section>`;
