/**
 * The pages as a plugin of the service. Every page is listed here; whoever is not signed in is asked to, and whatever
 * REST refuses is shown as a page.
 */
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { ServiceError } from '#service/http/errors';
import { key, keys } from './administrator/keys.ts';
import { overview, settings } from './administrator/overview.ts';
import { person, persons } from './administrator/persons.ts';
import { allUploads } from './administrator/uploads.ts';
import { ASSETS } from './assets.ts';
import { accessLog, whoSaw } from './auditor/access-log.ts';
import { LOG_PATH } from './auditor/addresses.ts';
import { exceptions } from './auditor/exceptions.ts';
import { verifyLog } from './auditor/log-complete.ts';
import { missing } from './auditor/missing.ts';
import { proof, proofOfRow } from './auditor/proof.ts';
import { evidence, row } from './auditor/row.ts';
import { sample } from './auditor/sample.ts';
import { student, studentLookup } from './auditor/student.ts';
import { surveyProgress } from './auditor/survey.ts';
import { workpaperBook, workpapers } from './auditor/workpapers.ts';
import { again } from './coordinator/again.ts';
import { differences } from './coordinator/differences.ts';
import { extract } from './coordinator/extract.ts';
import { extractFiles } from './coordinator/extract-files.ts';
import { extracts } from './coordinator/extracts.ts';
import { grounds } from './coordinator/grounds.ts';
import { horizon } from './coordinator/horizon.ts';
import { requestFile } from './coordinator/request-file.ts';
import { upload } from './coordinator/upload.ts';
import { uploadFiles } from './coordinator/upload-files.ts';
import { problemBook, problemList, uploadProgress } from './coordinator/upload-list.ts';
import { uploads } from './coordinator/uploads.ts';
import { frame } from './frame.ts';
import { home } from './home.ts';
import { html } from './html.ts';
import { lea } from './lea.ts';
import { refusalBox } from './parts.ts';
import { policyPages } from './policy/pages.ts';
import { purpose } from './purpose.ts';
import { reconcilePages } from './reconcile/pages.ts';
import { isOwnForm, personOf } from './sessions.ts';
import { type SignInLinks, signInRoutes } from './sign-in.ts';
import { ssidPages } from './ssid/pages.ts';
import { type Page, type Refusal, RefusedError, Visit } from './visit.ts';

const PAGES: readonly Page[] = [
  home,
  uploads,
  uploadFiles,
  upload,
  problemList,
  problemBook,
  uploadProgress,
  extracts,
  requestFile,
  extract,
  ...extractFiles,
  grounds,
  horizon,
  differences,
  again,
  row,
  evidence,
  missing,
  student,
  studentLookup,
  sample,
  workpapers,
  workpaperBook,
  exceptions,
  surveyProgress,
  proof,
  proofOfRow,
  accessLog,
  whoSaw,
  verifyLog,
  purpose,
  ...policyPages,
  ...reconcilePages,
  ...ssidPages,
  lea,
  overview,
  allUploads,
  settings,
  keys,
  key,
  persons,
  person,
];

/** Nothing but what this service sends itself; no script or style inside a page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const HIDDEN = { hide: true } as const;
const PUBLIC = { access: 'public' } as const;
const MULTIPART = 'multipart/form-data';

/** @param links that sign in whoever opens them; none where people have keys */
export const pages =
  (links: SignInLinks = new Map()): FastifyPluginAsync =>
  async (app) => {
    await app.register(cookie);
    await app.register(formbody);
    // Files are passed on as they come.
    app.addContentTypeParser(MULTIPART, (_request, payload, done) => done(null, payload));
    app.setErrorHandler((error, request, reply) => refused(app, request, reply, error));
    app.addHook('onSend', async (_request, reply) => {
      reply.header('content-security-policy', POLICY).header('referrer-policy', 'same-origin');
    });

    app.get('/assets/:version/:name', { schema: HIDDEN, config: PUBLIC }, async (request, reply) => {
      const { name, version } = request.params as { name: string; version: string };
      const asset = ASSETS.get(name);
      if (asset?.version !== version) throw new ServiceError('CENR_ROUTE_UNKNOWN');
      return reply.type(asset.type).header('cache-control', 'public, max-age=31536000, immutable').send(asset.bytes);
    });
    signInRoutes(app, links);
    for (const page of PAGES) addPage(app, page);
  };

function addPage(app: FastifyInstance, page: Page): void {
  const { path, takesFiles } = page;
  const answer =
    (method: 'get' | 'post') =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const person = await personOf(app, request);
      if (!person) return reply.redirect(`/sign-in?to=${encodeURIComponent(placeOf(request))}`, 303);
      const given = method === 'post' && (takesFiles ? request.query : request.body);
      if (given !== false && !isOwnForm(person, request, (given as { token?: unknown } | undefined)?.token))
        throw new RefusedError(NOT_OWN);
      const visit = new Visit(app, request, reply, person);
      const made = await page[method]?.(visit);
      return typeof made === 'string' ? reply.type(HTML).send(made) : made;
    };
  if (page.get) app.get(path, { schema: HIDDEN, config: PUBLIC }, answer('get'));
  if (page.post)
    app.post(
      path,
      {
        schema: HIDDEN,
        config: PUBLIC,
        ...(takesFiles && { bodyLimit: Number.MAX_SAFE_INTEGER }),
      },
      answer('post'),
    );
}

/** Where somebody goes who has signed in: of a page about a student what it belongs to, since a query may not name one. */
function placeOf({ url, params }: FastifyRequest): string {
  const { id, ssid } = params as Readonly<Record<string, string | undefined>>;
  if (ssid === undefined) return url;
  return id === undefined ? LOG_PATH : `/extracts/${encodeURIComponent(id)}`;
}

const HTML = 'text/html; charset=utf-8';

const NOT_OWN: Refusal = {
  status: 403,
  code: 'CENR_FORM_FOREIGN',
  title: 'This form was not sent from a page of this session',
  fix: 'Open the page again, and send the form from there.',
};

const TITLES: Readonly<Record<number, string>> = {
  403: 'This is not yours to do',
  404: 'There is no such page',
  410: 'This is gone',
  429: 'Too much was asked for at once',
};

/** A refusal as a page, with the status it has over REST. */
async function refused(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
): Promise<string> {
  if (!(error instanceof RefusedError)) throw error;
  const { refusal } = error;
  reply.code(refusal.status).type(HTML);
  return frame({
    title: TITLES[refusal.status] ?? 'This could not be done',
    person: await personOf(app, request),
    main: html`!${refusalBox(refusal)}<p><a href="/">Go to the first page</a></p>`,
  });
}
