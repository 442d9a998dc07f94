/** What is told when jobs end, and the webhooks that are told, in `service.db`. */
import type { DatabaseSync } from 'node:sqlite';
import { promised } from './at-once.ts';
import type { Delivery, Webhook } from './delivery.ts';
import { isTriedSo } from './kept-deliveries.ts';
import type { OutboxPart } from './parts.ts';
import type { Outbox } from './store.ts';
import { allOrNothing } from './transactions.ts';

const deliveryOf = (row: unknown): Delivery => JSON.parse((row as { delivery: string }).delivery) as Delivery;

/** Writes deliveries; whoever ends a job does so in the same transaction. */
export function deliveryAdder(db: DatabaseSync): (deliveries: readonly Delivery[]) => void {
  const add = db.prepare('INSERT INTO outbox (id, job, delivery) VALUES (?, ?, ?)');
  return (deliveries) => {
    for (const delivery of deliveries) add.run(delivery.id, delivery.job, JSON.stringify(delivery));
  };
}

/** Reads the deliveries of a job, in the order in which they were written. */
export function deliveriesOfJob(db: DatabaseSync): (job: string) => readonly Delivery[] {
  const ofJob = db.prepare('SELECT delivery FROM outbox WHERE job = ? ORDER BY seq');
  return (job) => ofJob.all(job).map(deliveryOf);
}

export function outboxPart(db: DatabaseSync): OutboxPart {
  const due = db.prepare('SELECT delivery FROM outbox WHERE due <= ? ORDER BY due, seq LIMIT ?');
  const next = db.prepare('SELECT min(due) AS due FROM outbox WHERE due IS NOT NULL');
  const byId = db.prepare('SELECT delivery FROM outbox WHERE id = ?');
  const save = db.prepare('UPDATE outbox SET delivery = ? WHERE id = ?');
  const add = db.prepare('INSERT INTO webhook (id, webhook) VALUES (?, ?)');
  const all = db.prepare('SELECT webhook FROM webhook ORDER BY seq');
  const remove = db.prepare('DELETE FROM webhook WHERE id = ?');
  return {
    outbox: promised<Outbox>({
      due: (at, most) => due.all(at, most).map(deliveryOf),
      nextTry: () => (next.get() as { due: string | null }).due ?? undefined,
      update: (id, change, fromTries) =>
        allOrNothing(db, () => {
          const row = byId.get(id);
          if (!row || !isTriedSo(deliveryOf(row), fromTries)) return false;
          save.run(JSON.stringify({ ...deliveryOf(row), ...change }), id);
          return true;
        }),
    }),
    ...promised<Omit<OutboxPart, 'outbox'>>({
      addWebhook: (webhook) => void add.run(webhook.id, JSON.stringify(webhook)),
      webhooks: () => all.all().map((row) => JSON.parse(row['webhook'] as string) as Webhook),
      removeWebhook: (id) => remove.run(id).changes > 0,
    }),
  };
}
