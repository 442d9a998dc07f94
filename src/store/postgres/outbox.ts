/** What is told when jobs end, and the webhooks that are told. */
import type { Delivery, Webhook } from '../delivery.ts';
import { isTriedSo } from '../kept-deliveries.ts';
import type { OutboxPart } from '../parts.ts';
import { type Asked, type Database, json } from './connection.ts';

interface Row {
  readonly delivery: Delivery;
}

const deliveriesIn = (rows: readonly Row[]): readonly Delivery[] => rows.map(({ delivery }) => delivery);

/** Writes deliveries; whoever ends a job does so in the same transaction. */
export async function addDeliveries(sql: Asked, deliveries: readonly Delivery[]): Promise<void> {
  for (const delivery of deliveries)
    await sql`INSERT INTO outbox (id, job, delivery) VALUES (${delivery.id}, ${delivery.job}, ${json(delivery)}::text::json)`;
}

/** The deliveries of a job, in the order in which they were written. */
export const deliveriesOf = async (sql: Asked, job: string): Promise<readonly Delivery[]> =>
  deliveriesIn(await sql<Row[]>`SELECT delivery FROM outbox WHERE job = ${job} ORDER BY seq`);

export function outboxPart(database: Database): OutboxPart {
  return {
    outbox: {
      due: async (at, most) =>
        deliveriesIn(
          await database<Row[]>`SELECT delivery FROM outbox WHERE due <= ${at} ORDER BY due, seq LIMIT ${most}`,
        ),
      async nextTry() {
        const [row] = await database<
          { due: string | null }[]
        >`SELECT min(due) AS due FROM outbox WHERE due IS NOT NULL`;
        return row?.due ?? undefined;
      },
      update: (id, change, fromTries) =>
        database.begin(async (sql) => {
          const [row] = await sql<Row[]>`SELECT delivery FROM outbox WHERE id = ${id} FOR UPDATE`;
          if (!row || !isTriedSo(row.delivery, fromTries)) return false;
          const changed = json({ ...row.delivery, ...change });
          await sql`UPDATE outbox SET delivery = ${changed}::text::json WHERE id = ${id}`;
          return true;
        }),
    },
    async addWebhook(webhook) {
      await database`INSERT INTO webhook (id, webhook) VALUES (${webhook.id}, ${json(webhook)}::text::json)`;
    },
    webhooks: async () =>
      (await database<{ webhook: Webhook }[]>`SELECT webhook FROM webhook ORDER BY seq`).map(({ webhook }) => webhook),
    removeWebhook: async (id) => (await database`DELETE FROM webhook WHERE id = ${id}`).count > 0,
  };
}
