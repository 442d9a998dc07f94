/** What is told when jobs end: to whom, in which words, and the loop that delivers it. */
import fp from 'fastify-plugin';
import { isOver, type Job } from '#publishing/job';
import { covers } from '#records/scope';
import type { Delivery } from '#store/delivery';
import type { Caller, JobChange, JobKind } from '#store/store';
import { extractEvent, type JobEvent, reconciliationEvent, uploadEvent } from '../outbox/events.ts';
import { mailSender } from '../outbox/mail.ts';
import { NotDeliveredError, Outbox } from '../outbox/outbox.ts';
import { type Resolve, resolveName } from '../outbox/targets.ts';
import { callWebhook, hostShown } from '../outbox/webhooks.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly outbox: Outbox;
    /** What is told of a job that comes to this: nothing, unless it ends. */
    deliveriesOf(kind: JobKind, id: string, change: JobChange<Job>): Promise<readonly Delivery[]>;
  }
}

export interface OutboxOptions {
  /** How names of webhooks are looked up; as the system does when not given. */
  readonly resolve?: Resolve | undefined;
}

export default fp<OutboxOptions>(
  async (app, { resolve = resolveName }) => {
    const { store, clock, config, log } = app;
    const sendMail = config.smtpURL === '' ? undefined : await mailSender(config);

    /** Whoever asked for a job, while they still may. */
    const callerInEffect = async (id: string): Promise<Caller | undefined> => {
      const key = await store.key(id);
      if (key) return key.revokedAt === undefined ? key : undefined;
      const person = await store.person(id);
      return person?.removedAt === undefined ? person : undefined;
    };
    const toCaller = async ({ id, target, event }: Delivery): Promise<void> => {
      const caller = await callerInEffect(target);
      if (!caller) {
        const person = await store.person(target);
        throw new NotDeliveredError(person ? 'the person was removed' : 'the key was revoked', true);
      }
      if (!sendMail) throw new NotDeliveredError('no mail server is set up (CENR_SMTP_URL)');
      await sendMail(caller, JSON.parse(event) as JobEvent, id);
    };
    const toWebhook = async ({ id, target, event }: Delivery, signal: AbortSignal): Promise<void> => {
      const webhook = (await store.webhooks()).find((one) => one.id === target);
      if (!webhook) throw new NotDeliveredError('the webhook was removed', true);
      const allowsPrivate = config.webhookPrivate;
      await callWebhook(webhook, { id, body: event, at: clock(), allowsPrivate, resolve, signal });
    };

    const outbox = new Outbox({
      store,
      clock,
      deliver: (delivery, signal) => (delivery.way === 'email' ? toCaller(delivery) : toWebhook(delivery, signal)),
      onTried({ id }, state, error) {
        const fault = error instanceof NotDeliveredError ? undefined : error;
        if (fault !== undefined) log.error({ deliveryId: id, err: fault }, 'a delivery failed');
        else if (state === 'not delivered') log.error({ deliveryId: id }, 'given up: not delivered');
        else log.info({ deliveryId: id }, state === 'delivered' ? 'delivered' : 'not delivered yet');
      },
      onTrouble: (error) => log.error({ err: error }, 'deliveries wait: the store cannot be used now'),
    });
    app.decorate('outbox', outbox);

    /** The job as it ended, what is told of it, and whose key gets an e-mail. */
    async function endOf(kind: JobKind, id: string, change: JobChange<Job>) {
      if (kind !== 'extract' && kind !== 'upload' && kind !== 'reconciliation') return undefined;
      if (change.status !== 'Complete' && change.status !== 'Failed') return undefined;
      const all = store.forLEAs('all');
      const before = await all.jobs(kind).get(id);
      if (!before || isOver(before)) return undefined;
      const job = { ...before, ...change };
      if ('requestBecause' in job) return { job, event: reconciliationEvent(job), mailTo: job.mailTo };
      return 'files' in job
        ? { job, event: uploadEvent(job, job.status === 'Complete' ? await all.upload(id) : undefined) }
        : { job, event: extractEvent(job), mailTo: job.mailTo };
    }

    app.decorate('deliveriesOf', async (kind, id, change) => {
      const end = await endOf(kind, id, change);
      if (!end) return [];
      const { job, event, mailTo } = end;
      const delivery = (way: Delivery['way'], target: string, to: string): Delivery => ({
        id: app.newId('msg'),
        way,
        to,
        state: 'waiting',
        tries: 0,
        nextTry: event.timestamp,
        job: id,
        target,
        event: JSON.stringify(event),
      });
      const mailed = mailTo === undefined ? undefined : ((await store.key(mailTo)) ?? (await store.person(mailTo)));
      return [
        ...(mailed?.email === undefined ? [] : [delivery('email', mailed.id, mailed.email)]),
        ...(await store.webhooks())
          .filter(({ leas }) => covers(leas, job.reportingLEAs))
          .map((webhook) => delivery('webhook', webhook.id, hostShown(webhook))),
      ];
    });

    // What another process is to deliver, or tells of the end of a job, this one may deliver too.
    app.hear((heard) => {
      if (heard.about === 'anything') outbox.wake();
      if (heard.about === 'job' && (heard.status === 'Complete' || heard.status === 'Failed')) outbox.wake();
    });
    // Behind what the uploads give up, and before the first job begins.
    app.addHook('onReady', async () => outbox.wake());
    let stopped: Promise<void> | undefined;
    app.addHook('preClose', async () => {
      stopped = outbox.stop(config.shutdownGrace);
    });
    app.addHook('onClose', async () => await stopped);
  },
  { name: 'outbox', dependencies: ['config', 'store', 'replicas'] },
);
