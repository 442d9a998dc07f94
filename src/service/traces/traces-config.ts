/** Where spans go and how many, from the variables of OpenTelemetry: their names and values are not ours. */
import { UserError } from '#base/user-error';

export interface TracesConfig {
  /** Where spans are sent, perhaps with a user and a password. */
  readonly url: string;
  /** Of traces that begin here, the share that is sent: from 0 to 1. */
  readonly share: number;
  /** Whether a caller's decision about its trace goes before the share. */
  readonly followsCaller: boolean;
}

/** The variable that turns traces on, as settings name it. */
export const TRACES_VARIABLE = 'OTEL_EXPORTER_OTLP_ENDPOINT';

type Environment = Readonly<Record<string, string | undefined>>;

const JSON_OVER_HTTP = 'http/json';
/** Where the endpoint of all signals takes spans. */
const PATH = 'v1/traces';

const always = (): number => 1;
/** What `OTEL_TRACES_SAMPLER` may be, without `parentbased_`: the share that each sends. */
const SHARES: Readonly<Record<string, (environment: Environment) => number>> = {
  always_on: always,
  always_off: () => 0,
  traceidratio: shareFrom,
};

/**
 * What an environment says of traces; nothing when they are not asked for. A blank variable counts as none.
 * @throws UserError naming the variable, what was found and what was expected
 */
export function readTraces(environment: Environment): { readonly traces?: TracesConfig } {
  const url = urlFrom(environment);
  if (url === undefined || environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return {};
  const exporter = environment['OTEL_TRACES_EXPORTER'] || 'otlp';
  if (exporter === 'none') return {};
  if (exporter !== 'otlp') throw new UserError(`OTEL_TRACES_EXPORTER is "${exporter}"; expected otlp or none`);
  requireJSON(environment);
  return { traces: { url, ...sampledFrom(environment) } };
}

/** What is found may hold a password, and is not shown. */
function urlFrom(environment: Environment): string | undefined {
  for (const [name, path] of [
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', ''],
    [TRACES_VARIABLE, PATH],
  ] as const) {
    const text = environment[name];
    if (text === undefined || text === '') continue;
    const url = URL.parse(text);
    if (!/^https?:$/.test(url?.protocol ?? ''))
      throw new UserError(`${name} is of another form than http://HOST:PORT or https://HOST:PORT`);
    return path === '' ? text : new URL(path, text.endsWith('/') ? text : `${text}/`).href;
  }
  return undefined;
}

/** Sent in another form than was asked for, spans would be lost without anybody knowing why. */
function requireJSON(environment: Environment): void {
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
    const protocol = environment[name];
    if (protocol === undefined || protocol === '') continue;
    if (protocol === JSON_OVER_HTTP) return;
    throw new UserError(
      `${name} is "${protocol}"; expected ${JSON_OVER_HTTP}, or nothing: cenr sends spans in no other way. Where other programs need ${name}, set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=${JSON_OVER_HTTP} for cenr`,
    );
  }
}

function sampledFrom(environment: Environment): Pick<TracesConfig, 'share' | 'followsCaller'> {
  const sampler = environment['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on';
  const name = sampler.replace(/^parentbased_/, '');
  const share = Object.hasOwn(SHARES, name) ? SHARES[name]?.(environment) : undefined;
  if (share === undefined)
    throw new UserError(
      `OTEL_TRACES_SAMPLER is "${sampler}"; expected one of ${Object.keys(SHARES).join(', ')}, or one of these after parentbased_`,
    );
  return { share, followsCaller: name !== sampler };
}

function shareFrom(environment: Environment): number {
  const text = environment['OTEL_TRACES_SAMPLER_ARG'];
  const share = text ? Number(text) : 1;
  if (share >= 0 && share <= 1) return share;
  throw new UserError(`OTEL_TRACES_SAMPLER_ARG is "${text}"; expected a number from 0 to 1, such as 0.1`);
}
