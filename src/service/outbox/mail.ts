/** E-mail to whoever requested a job: that it has ended, and where to look. Never the file, never student data. */
import { isEmailAddress } from '#base/email-address';
import type { Caller } from '#store/store';
import type { ServiceConfig } from '../config.ts';
import type { JobEvent } from './events.ts';
import { NotDeliveredError } from './outbox.ts';

const TIMEOUT_MS = 10_000;

export interface Mail {
  readonly subject: string;
  readonly text: string;
}

/** Why a person gets no e-mail; `undefined` when they can. */
export const whyNoEmail = (
  { smtpURL }: Pick<ServiceConfig, 'smtpURL'>,
  caller: Caller | undefined,
): string | undefined =>
  smtpURL === ''
    ? 'this service sends no e-mail; whoever runs it can set up a mail server'
    : caller?.email === undefined
      ? 'your key has no e-mail address; ask whoever gave it to you for one that has'
      : undefined;

/** By the kind of an event: what people call it, and where its page is. */
const KINDS: Readonly<Record<string, { readonly what: string; readonly path: string }>> = {
  extract: { what: 'extract', path: 'extracts' },
  reconciliation: { what: "comparison with the state's file", path: 'reconciliations' },
};

/** @param publicURL where people reach the service */
export function mailOf({ data, type }: JobEvent, publicURL: string): Mail {
  const { id, name } = data;
  const [kind = '', came] = type.split('.');
  const { what, path } = KINDS[kind] ?? { what: kind, path: kind };
  const end = came === 'completed' ? 'is ready' : 'failed';
  return {
    subject: `The ${what} ${name ?? id} ${end}`,
    text: [
      `The ${what} that you requested ${end}.`,
      '',
      ...(name === undefined ? [] : [`Name: ${name}`]),
      `Id: ${id}`,
      '',
      'Sign in to see it:',
      `${publicURL}/${path}/${id}`,
      '',
      'You get this message because "Email results when done" was chosen in the request.',
      '',
    ].join('\n'),
  };
}

/** Sends a mail to a person. */
export type SendMail = (caller: Caller, event: JobEvent, id: string) => Promise<void>;

/** Sends mails by SMTP. Their Message-ID is made of the id of the delivery: a mail that comes twice can be known by it. */
export async function mailSender({ smtpURL, mailFrom, publicURL }: ServiceConfig): Promise<SendMail> {
  // Large, and few services send mails.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    url: smtpURL,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async ({ email = '' }, event, id) => {
    if (!isEmailAddress(email)) throw new NotDeliveredError('the key has no e-mail address of the expected form', true);
    try {
      await transport.sendMail({
        // Objects: a text could be read as several addresses.
        from: { name: '', address: mailFrom },
        to: { name: '', address: email },
        messageId: `<${id}@${mailFrom.split('@')[1]}>`,
        headers: { 'auto-submitted': 'auto-generated' },
        ...mailOf(event, publicURL),
      });
    } catch (error) {
      const { responseCode, code } = error as { readonly responseCode?: number; readonly code?: string };
      throw new NotDeliveredError(
        responseCode === undefined
          ? `the mail server could not be used (${code ?? 'no code'})`
          : `the mail server answered ${responseCode}`,
      );
    }
  };
}
