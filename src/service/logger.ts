/**
 * Logs without student data. An allow-list, not a block-list: what is not named here is not written, whoever logs it,
 * Fastify and plugins included. Of an error only its kind, its code and the places in our source remain: messages may
 * quote what was sent.
 */
import { type DestinationStream, type LogFn, type Logger, pino } from 'pino';

const ALLOWED = new Set([
  'method',
  'route',
  'status',
  'ms',
  'keyId',
  'code',
  'err',
  'uploadId',
  'extractId',
  'deliveryId',
  // Its id in the file of issuers.
  'issuer',
  'rulebook',
  'students',
  'rows',
  'bytes',
  'lines',
  'spans',
  'resumed',
  'port',
  'signal',
  'disagreements',
  // Of rule files, which hold no student data.
  'ruleFindings',
]);

/** Of a log object, what may be written. */
function allowed(object: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const key in object) if (ALLOWED.has(key)) kept[key] = object[key];
  return kept;
}

interface LoggedError {
  readonly type: string;
  readonly code: string | undefined;
  readonly at: readonly string[];
}

/** @param error anything that was thrown */
export function loggedError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, code: undefined, at: [] };
  const { code } = error as NodeJS.ErrnoException;
  const stack = error.stack ?? '';
  // The message stands in front of the frames, and a message may have lines that look like frames.
  const behind = stack.slice(
    error.message === '' ? 0 : Math.max(0, stack.indexOf(error.message)) + error.message.length,
  );
  const at = behind.match(/^\s+at .+$/gm) ?? [];
  return {
    type: error.constructor.name,
    code: typeof code === 'string' ? code : undefined,
    at: at.map((line) => line.trim()),
  };
}

/**
 * Third parties pass an error's message on as the text of the log line, and pino does so by itself when there is no
 * text.
 */
function withoutErrorMessages(this: Logger, args: Parameters<LogFn>, method: LogFn): void {
  const [first, text] = args as unknown as [unknown, unknown];
  const error = first instanceof Error ? first : (first as { err?: unknown } | null | undefined)?.err;
  if (error instanceof Error) {
    const fields = first instanceof Error ? { err: first } : (first as object);
    method.call(
      this,
      fields,
      typeof text === 'string' && text !== '' && !text.includes(error.message) ? text : 'an error',
    );
  } else method.apply(this, args);
}

/** @param destination where lines go; the standard output when not given */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      formatters: { log: allowed },
      hooks: { logMethod: withoutErrorMessages },
      serializers: { err: loggedError, req: () => undefined, res: () => undefined },
    },
    destination ?? pino.destination(1),
  );
}
