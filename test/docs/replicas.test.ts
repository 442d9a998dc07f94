/** What is in `deploy/replicas` fits the program: settings, options, ports, health checks, times, and rights. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { HTTPMethods } from 'fastify';
import postgres from 'postgres';
import t, { type Test } from 'tap';
import { parse, parseAllDocuments } from 'yaml';
import { serveCommand } from '#cli/commands/serve';
import { DEFAULT_CONFIG, type ServiceConfig } from '#service/config';
import { configFrom, requireShared, unknownVariables } from '#service/environment';
import { createMetrics } from '#service/plugins/metrics';
import { startServer } from '#service/server';
import { folder } from '../support/folders.ts';
import { postgresServer, WITH_POSTGRES } from '../support/postgres-server.ts';
import { service } from '../support/service.ts';

t.setTimeout(900_000);

const PROJECT = resolve(import.meta.dirname, '../..');
const REPLICAS = join(PROJECT, 'deploy/replicas');
const read = (path: string): string => readFileSync(join(REPLICAS, path), 'utf8');
const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version: string };

type Environment = Readonly<Record<string, string>>;

/** What the image sets by itself. */
const OF_IMAGE = Object.fromEntries(
  [...readFileSync(join(PROJECT, 'Dockerfile'), 'utf8').matchAll(/\b(CENR_\w+)=(\S+)/g)].map(([, name, value]) => [
    name as string,
    value as string,
  ]),
) as Environment;
const PORT = Number(OF_IMAGE['CENR_PORT']);

interface Composed {
  readonly image: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly secrets?: readonly string[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
  readonly ports?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly stop_grace_period?: string;
}
const compose = parse(read('compose.yaml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Composed>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
};
const composed = (name: string): Composed => compose.services[name] as Composed;
const OF_COMPOSE = ['cenr-1', 'cenr-2', 'work'];

const environmentOf = ({ environment = {} }: Composed): Environment =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));

/** What a process is set to, where all it sets is known; options go before variables. */
function configOf(t: Test, name: string, environment: Environment, args: readonly string[]): ServiceConfig {
  t.same(unknownVariables(environment), [], name);
  t.equal(args[0], 'serve', name);
  const command = serveCommand();
  t.same(command.exitOverride().parseOptions([...args.slice(1)]).unknown, [], `${name}: its options`);
  const { role } = command.opts<{ role?: ServiceConfig['role'] }>();
  const config = { ...DEFAULT_CONFIG, ...configFrom({ ...OF_IMAGE, ...environment }), ...(role && { role }) };
  t.doesNotThrow(() => requireShared(config), name);
  t.match(config, { host: '0.0.0.0', port: PORT }, name);
  t.equal(URL.parse(config.database)?.password, '', `${name}: no password in the address`);
  return config;
}

/** What a process needs to stop: whoever ends it waits longer. */
const secondsToStop = ({ drain, shutdownGrace }: ServiceConfig): number => (drain + shutdownGrace) / 1_000;

t.test('processes of the compose file are set to what the program knows, and stop in their own time', async (t) => {
  for (const name of OF_COMPOSE) {
    const one = composed(name);
    const config = configOf(t, name, environmentOf(one), one.command ?? []);
    t.equal(one.image, `cenr:${version}`, name);
    t.ok(Number.parseInt(one.stop_grace_period ?? '', 10) >= secondsToStop(config) + 10, name);
    t.match(one, { read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] }, name);
    t.ok(one.volumes.includes(`files:${config.storeDir}`), `${name}: all have one folder of files`);
    const [command, script] = one.entrypoint ?? [];
    t.equal(command, '/bin/sh');
    t.ok(script === '-c' && one.entrypoint?.[2]?.includes('exec node bin/cenr.mjs "$$@"'), 'signals reach the program');
    t.ok(one.secrets?.every((secret) => one.entrypoint?.[2]?.includes(`/run/secrets/${secret}`)));
  }
  t.same(composed('cenr-1'), composed('cenr-2'));
  t.equal(configFrom(environmentOf(composed('work'))).role, 'work');
  for (const [name, { networks, volumes, secrets = [] }] of Object.entries(compose.services)) {
    for (const network of networks) t.ok(network in compose.networks, `${name}: ${network}`);
    for (const secret of secrets) t.ok(secret in compose.secrets, `${name}: ${secret}`);
    for (const volume of volumes) {
      const [from = ''] = volume.split(':');
      t.ok(from.startsWith('./') ? existsSync(join(REPLICAS, from)) : from in compose.volumes, `${name}: ${volume}`);
    }
  }
});

t.test('the database is reached by the replicas alone, and only the proxy from outside', async (t) => {
  const { database, ...others } = compose.services;
  t.same(database?.networks, ['data']);
  t.equal(compose.networks['data']?.internal, true);
  t.same(
    Object.keys(others).filter((name) => composed(name).networks.includes('data')),
    OF_COMPOSE,
  );
  t.same(
    Object.entries(compose.services).flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`)),
    ['proxy 443:443'],
  );
  t.equal(URL.parse(environmentOf(composed('cenr-1'))['CENR_STORE'] ?? '')?.hostname, 'database');
  for (const { file } of Object.values(compose.secrets)) t.match(file, /^\.\/secrets\//);
  const files = readdirSync(REPLICAS, { recursive: true, withFileTypes: true });
  for (const file of files.filter((one) => one.isFile() && !one.name.endsWith('.md')))
    t.notMatch(
      readFileSync(join(file.parentPath, file.name), 'utf8'),
      /password['"]?[:=] *['"]?(?!REPLACE)[^\s'"$:{}]{8,}/i,
      `${file.name} has no password`,
    );
  t.match(readFileSync(join(PROJECT, '.gitignore'), 'utf8'), '/deploy/replicas/secrets/');
});

t.test('the proxy asks both replicas, hears of one that stops in time, and lets through what they take', async (t) => {
  const caddy = read('Caddyfile');
  t.match(caddy, `reverse_proxy cenr-1:${PORT} cenr-2:${PORT} {`);
  const seconds = (name: string): number => Number(new RegExp(`${name} (\\d+)s`).exec(caddy)?.[1]);
  for (const name of ['cenr-1', 'cenr-2']) {
    const { drain } = configFrom(environmentOf(composed(name)));
    t.ok(seconds('health_interval') + seconds('health_timeout') < (drain ?? 0) / 1_000, name);
    t.ok(composed('proxy').depends_on?.[name], name);
  }
  // All that the proxy in front of one process says, this one says too.
  for (const line of readFileSync(join(PROJECT, 'deploy/Caddyfile'), 'utf8').split('\n'))
    if (!line.includes('reverse_proxy')) t.ok(caddy.includes(line.trim()), line);
});

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}
interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
  readonly envFrom: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly securityContext: object;
  readonly resources: { readonly requests: object; readonly limits: object };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface Deployment {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly strategy: unknown;
    readonly selector: { readonly matchLabels: Environment };
    readonly template: {
      readonly metadata: { readonly labels: Environment };
      readonly spec: {
        readonly enableServiceLinks: boolean;
        readonly automountServiceAccountToken: boolean;
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: object;
        readonly containers: readonly Container[];
        readonly volumes: readonly {
          readonly name: string;
          readonly emptyDir?: unknown;
          readonly persistentVolumeClaim?: { readonly claimName: string };
        }[];
      };
    };
  };
}

// biome-ignore lint/suspicious/noExplicitAny: manifests are of many kinds
const manifests: readonly any[] = readdirSync(join(REPLICAS, 'kubernetes'))
  .sort()
  .flatMap((name) => parseAllDocuments(read(`kubernetes/${name}`)).map((one) => one.toJS()));
const ofKind = (kind: string) => manifests.filter((one) => one.kind === kind);
const deployments = ofKind('Deployment') as readonly Deployment[];
const podOf = (one: Deployment) => one.spec.template.spec;
const containerOf = (one: Deployment): Container => podOf(one).containers[0] as Container;

function environmentOfPod(one: Deployment): Environment {
  const { envFrom, env } = containerOf(one);
  const shared = envFrom.flatMap(({ configMapRef: { name } }) =>
    Object.entries(ofKind('ConfigMap').find(({ metadata }) => metadata.name === name).data),
  );
  return Object.fromEntries([
    ...shared,
    ...env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
  ]);
}

t.test('pods are set to what the program knows, and stop in their own time', async (t) => {
  t.same(
    deployments.map(({ metadata }) => metadata.name),
    ['cenr-api', 'cenr-work'],
  );
  for (const one of deployments) {
    const [{ name }, pod, container] = [one.metadata, podOf(one), containerOf(one)];
    const config = configOf(t, name, environmentOfPod(one), container.args);
    t.equal(`cenr-${config.role}`, name);
    t.ok(pod.terminationGracePeriodSeconds >= secondsToStop(config) + 10, name);
    t.match(container.image, new RegExp(`/cenr:${version}$`));
    t.equal(container.image, containerOf(deployments[0] as Deployment).image);
    t.same(container.ports, [{ name: 'http', containerPort: PORT }]);
    // A Service of this name would set CENR_PORT.
    t.equal(pod.enableServiceLinks, false, name);
    t.equal(pod.automountServiceAccountToken, false, name);
    t.same(one.spec.strategy, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }, name);
    t.match(pod.securityContext, { runAsNonRoot: true, runAsUser: Number }, name);
    t.match(
      container.securityContext,
      { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      name,
    );
    t.match(container.resources, { requests: { cpu: String, memory: String }, limits: { memory: String } }, name);
    t.match(
      container.env.find((variable) => variable.name === 'PGPASSWORD'),
      { valueFrom: { secretKeyRef: { name: 'cenr-database', key: 'password' } } },
      name,
    );
    const mounted = (path: string) =>
      pod.volumes.find((volume) => container.volumeMounts.some((m) => m.name === volume.name && m.mountPath === path));
    t.equal(mounted(config.storeDir)?.persistentVolumeClaim?.claimName, 'cenr-files', name);
    t.ok(mounted('/tmp')?.emptyDir, name);
    t.match(environmentOfPod(one)['CENR_CACHE'], /^\/tmp\//, name);
    const { readinessProbe: ready, livenessProbe: live } = container;
    if (config.drain > 0) t.ok(ready.periodSeconds * ready.failureThreshold < config.drain / 1_000, name);
    t.ok(live.periodSeconds * live.failureThreshold > secondsToStop(config), `${name}: not killed while it stops`);
  }
  t.same(ofKind('PersistentVolumeClaim')[0].spec.accessModes, ['ReadWriteMany']);
  t.throws(() => configFrom({ CENR_PORT: 'tcp://10.0.0.1:80' }), 'what a Service would set is no port');
});

t.test('what manifests name is there', async (t) => {
  t.equal(manifests[0].kind, 'Namespace', 'it is made first');
  for (const one of manifests.slice(1)) t.equal(one.metadata.namespace, manifests[0].metadata.name, one.metadata.name);
  const isChosen = (labels: Environment): boolean =>
    deployments.some(({ spec }) =>
      Object.entries(labels).every(([name, value]) => spec.template.metadata.labels[name] === value),
    );
  for (const { spec } of deployments) t.same(spec.selector.matchLabels, spec.template.metadata.labels);
  const [{ spec: ofService, metadata }] = ofKind('Service');
  t.same(ofService.selector, deployments[0]?.spec.selector.matchLabels, 'requests go to those that answer');
  t.match(ofService.ports, [{ name: 'http', targetPort: 'http' }]);
  for (const { spec } of ofKind('Ingress'))
    for (const { http } of spec.rules)
      for (const { backend } of http.paths) t.same(backend.service, { name: metadata.name, port: { name: 'http' } });
  for (const { spec } of ofKind('PodDisruptionBudget')) {
    t.ok(isChosen(spec.selector.matchLabels));
    t.equal(spec.maxUnavailable, 1);
  }
  t.equal(ofKind('PodDisruptionBudget').length, deployments.length);
  for (const { spec } of ofKind('NetworkPolicy')) {
    if (spec.podSelector.matchLabels) t.ok(isChosen(spec.podSelector.matchLabels));
    for (const { ports } of spec.ingress ?? []) t.same(ports, [{ protocol: 'TCP', port: PORT }]);
  }
  t.match(ofKind('NetworkPolicy')[0].spec, { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  t.notOk(ofKind('NetworkPolicy')[0].spec.ingress ?? ofKind('NetworkPolicy')[0].spec.egress, 'nothing is allowed');
});

t.test('the Ingress lets through what the service takes, and waits as long', async (t) => {
  const [all, metrics] = ofKind('Ingress');
  const say = (name: string): string => all.metadata.annotations[`nginx.ingress.kubernetes.io/${name}`];
  t.equal(say('proxy-body-size'), `${DEFAULT_CONFIG.uploadBytes / 2 ** 30}g`);
  for (const name of ['proxy-read-timeout', 'proxy-send-timeout'])
    t.equal(Number(say(name)), DEFAULT_CONFIG.requestTimeout / 1_000);
  for (const name of ['proxy-buffering', 'proxy-request-buffering']) t.equal(say(name), 'off');
  t.equal(say('enable-access-log'), 'false', 'an address may hold an SSID');
  t.match(metrics.spec.rules[0].http.paths, [{ path: '/metrics', pathType: 'Exact' }]);
  t.equal(metrics.metadata.annotations['nginx.ingress.kubernetes.io/whitelist-source-range'], '127.0.0.1/32');
});

t.test('processes that work are added by a metric that the program gives', async (t) => {
  const [{ spec }] = ofKind('HorizontalPodAutoscaler');
  t.match(spec, { scaleTargetRef: { kind: 'Deployment', name: 'cenr-work' }, minReplicas: 2 });
  const { name } = spec.metrics[0].external.metric;
  const metric = createMetrics().registry.getSingleMetric(name) as { labelNames?: readonly string[] } | undefined;
  t.same(metric?.labelNames, ['kind']);
  const [rule] = (parse(read('prometheus-adapter.yaml')) as { rules: { external: { [key: string]: unknown }[] } }).rules
    .external;
  t.match(rule, { name: { as: name }, seriesQuery: new RegExp(`^${name}\\{`) });
  t.match(rule?.['metricsQuery'], new RegExp(`^sum\\(max by \\(kind\\) \\(${name}\\{`), 'all give the same number');
});

t.test('whatever is asked whether it is well has such a path', async (t) => {
  const { app } = await service(t);
  const asked = [
    ...deployments.flatMap((one) => {
      const { startupProbe, readinessProbe, livenessProbe } = containerOf(one);
      return [startupProbe, readinessProbe, livenessProbe].map(({ httpGet }) => {
        t.equal(httpGet.port, 'http');
        return httpGet.path;
      });
    }),
    ...OF_COMPOSE.map((name) => {
      const [, port, path] =
        /127\.0\.0\.1:(\d+)(\/[\w/]+)/.exec(composed(name).healthcheck?.test.join(' ') ?? '') ?? [];
      t.equal(Number(port), PORT, name);
      return path ?? '';
    }),
    /health_uri (\S+)/.exec(read('Caddyfile'))?.[1] ?? '',
  ];
  for (const url of asked) t.ok(app.hasRoute({ url, method: 'GET' as HTTPMethods }), url);
  t.ok(asked.length >= 10);
});

const PSQL = ['/usr/bin/psql', '/usr/lib/postgresql/15/bin/psql'].find((path) => existsSync(path));
const CANNOT = 'skip' in WITH_POSTGRES ? WITH_POSTGRES.skip : undefined;
const skip =
  CANNOT ??
  (PSQL === undefined
    ? 'there is no psql, which reads the file: install postgresql-client'
    : process.env['CENR_TEST_POSTGRES'] !== undefined &&
      'the roles of a server that is not this test’s stay as they are');

t.test('the database is set up for a user who is nobody special', { skip }, async (t) => {
  const server = await postgresServer(t);
  const administrator = new URL(await server.database());
  administrator.username = 'administrator';
  await server.administer(administrator.href, 'DROP ROLE cenr_scoped');
  const secret = join(folder(t), 'cenr-password');
  writeFileSync(secret, "it's a secret\n");
  execFileSync(PSQL as string, ['-v', 'ON_ERROR_STOP=1', '-q', '-f', join(REPLICAS, 'initdb/10-cenr.sql')], {
    env: {
      ...process.env,
      PASSWORD_FILE: secret,
      PGHOST: '127.0.0.1',
      PGPORT: administrator.port,
      PGUSER: 'administrator',
      PGDATABASE: 'postgres',
    },
    stdio: 'pipe',
  });
  t.equal(environmentOf(composed('database'))['PASSWORD_FILE'], '/run/secrets/cenr-password');

  const address = new URL(administrator);
  [address.username, address.pathname] = ['cenr', '/cenr'];
  const [made] = await server.administer(
    address.href,
    `SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication, rolpassword LIKE 'SCRAM%' AS has_password,
       (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'cenr') AS owner,
       (SELECT rolcanlogin FROM pg_roles WHERE rolname = 'cenr_scoped') AS scoped_logs_in
     FROM pg_authid WHERE rolname = 'cenr'`,
  );
  t.same(made, {
    ...{ rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolbypassrls: false, rolreplication: false },
    ...{ has_password: true, owner: 'cenr', scoped_logs_in: false },
  });

  // As docs/postgresql.md says it, but for where the password comes from.
  const statements = (text: string): readonly string[] =>
    text
      .split('\n')
      .filter((line) => /^(CREATE|GRANT) /.test(line))
      .map((line) => line.replace(/PASSWORD .*;/, ''));
  t.same(statements(read('initdb/10-cenr.sql')), statements(readFileSync(join(PROJECT, 'docs/postgresql.md'), 'utf8')));

  const running = await startServer({
    ...configFrom(environmentOf(composed('cenr-1'))),
    ...{ database: address.href, storeDir: folder(t), port: 0, logLevel: 'silent', shutdownGrace: 0 },
    pause: async () => {},
  });
  t.equal((await fetch(`${running.address}/health/ready`)).status, 200, 'the first process makes the tables');
  await running.close();

  const owned = await server.administer(
    address.href,
    `SELECT count(*)::int AS all, count(*) FILTER (WHERE relowner = 'cenr_scoped'::regrole)::int AS scoped
     FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
  );
  t.match(owned, [{ all: Number, scoped: 0 }]);
  t.ok(Number(owned[0]?.['all']) > 10);
  const asCenr = postgres(address.href, { max: 1, onnotice: () => {} });
  t.teardown(() => asCenr.end());
  for (const statement of [
    'ALTER ROLE cenr_scoped LOGIN',
    'DROP ROLE cenr_scoped',
    'GRANT cenr_scoped TO cenr_test',
    'CREATE ROLE another',
    'ALTER ROLE cenr SUPERUSER',
    'CREATE DATABASE another',
  ])
    await t.rejects(asCenr.unsafe(statement), { code: '42501' }, statement);
  t.match(await asCenr.unsafe("SELECT pg_has_role('cenr', 'cenr_scoped', 'MEMBER') AS is"), [{ is: true }]);
  t.match(await asCenr.unsafe("SELECT pg_has_role('cenr', 'cenr_scoped', 'MEMBER WITH ADMIN OPTION') AS is"), [
    { is: false },
  ]);
});
