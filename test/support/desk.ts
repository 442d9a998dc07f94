/**
 * A service at which policy staff work: an author, somebody who approves, a clock that can be moved, and the steps of a
 * draft as single calls.
 */
import type { Test } from 'tap';
import { verify } from '#rulebook/load/load';
import type { RulebookTexts } from '#rulebook/load/texts';
import type { ServiceDeps } from '#service/app';
import type { ServiceConfig } from '#service/config';
import { activateFiles } from '#service/rules/activate-files';
import { type CheckOutcome, checkTexts } from '#service/rules/rules-work';
import { shipped } from './histories.ts';
import { type Answer, LEA, line, NOW, record, service, type TestService } from './service.ts';
import { shippedTexts } from './versions.ts';

export const FORTY = 'rules/fields/40-homeless-program-eligible.json';
const EXAMPLES = 'rules/examples/40-homeless-program-eligible.json';
const READINGS = 'rules/examples/readings.json';

export const textOf = (path: string): string =>
  (shippedTexts.find((file) => file.path === path) as RulebookTexts[number]).text;

/** Files to put so that field 40 says `value` for Y, its examples included. */
export const saying = (value: string): Readonly<Record<string, string>> => ({
  [FORTY]: textOf(FORTY).replace('"Y"', `"${value}"`),
  [EXAMPLES]: textOf(EXAMPLES).replaceAll('"value": "Y"', `"value": "${value}"`),
  [READINGS]: textOf(READINGS).replaceAll(
    '"value": "Y", "rule": "eligible"',
    `"value": "${value}", "rule": "eligible"`,
  ),
});

const NOTHING_FOUND: Omit<CheckOutcome, 'hash'> = {
  canBeUsed: true,
  counts: { error: 0, warning: 0, advice: 0 },
  findings: [],
  moreFindings: 0,
  examples: { run: 0, failed: [], moreFailed: 0 },
};

/** What the loader says, without the seconds that the whole check and all examples take. */
export const loaderOnly: ServiceDeps['checkDraft'] = async (texts, today) => {
  try {
    return { ...NOTHING_FOUND, hash: verify(texts).hash };
  } catch {
    return checkTexts(texts, today);
  }
};

export type Headers = Readonly<Record<string, string>>;

export interface Desk extends TestService {
  readonly author: Headers;
  readonly approver: Headers;
  readonly auditor: Headers;
  /** The moment that the service takes for the present one. */
  readonly clock: { now: Date };
  /** A new draft of the author's; gives its address. */
  begin(title?: string, reason?: string): Promise<string>;
  /** Whatever is asked of a draft, at the revision that it has. */
  step(
    draft: string,
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    who: Headers,
    body?: object | string,
  ): Promise<Answer>;
  put(draft: string, files: Readonly<Record<string, string>>): Promise<void>;
  /** Has an impact report made and reads it; gives it. */
  look(draft: string, who?: Headers, asked?: object): Promise<Answer>;
  /** Changes field 40 to say `value`, and takes all steps up to publishing. */
  readyToPublish(value: string): Promise<string>;
  /** What field 40 of a homeless student is, and the hash of the rules. */
  forty(): Promise<{ readonly value: string; readonly rulebook: string | undefined }>;
}

export const request = { reportingLEAs: [LEA], academicYear: '2023-2024' };
const programme = { educationProgramCode: '191', educationProgramMembershipStartDate: '20230815' };

/** A service with the shipped rules in effect and one homeless student in its store. */
export async function desk(
  t: Test,
  changes: Partial<ServiceConfig> = {},
  deps: Partial<ServiceDeps> = {},
): Promise<Desk> {
  const clock = { now: NOW };
  const one = await service(t, changes, async (store) => {
    await activateFiles(store, shipped, false, NOW.toISOString());
    return { clock: () => clock.now, checkDraft: loaderOnly, ...deps };
  });
  const { ask, key, app } = one;
  await ask({
    method: 'POST',
    url: '/v1/uploads',
    headers: key('vendor', [LEA]),
    payload: [line('SENR'), line('SPRG', programme)].join('\n'),
  });
  const author = key('policy', 'all', 'an author');
  const approver = key('policy', 'all', 'an approver');

  const step: Desk['step'] = async (draft, method, path, who, body) => {
    const { headers } = await ask({ url: draft, headers: who });
    return ask({
      method,
      url: `${draft}${path}`,
      headers: {
        ...who,
        'if-match': headers['etag'] as string,
        ...(typeof body === 'string' && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { payload: body }),
    });
  };
  const expect = async (status: number, asked: Promise<Answer>): Promise<Answer> => {
    const answer = await asked;
    if (answer.status !== status) throw new Error(`expected ${status}: ${answer.text}`);
    return answer;
  };

  const it: Desk = {
    ...one,
    author,
    approver,
    auditor: key('auditor', 'all', 'an auditor'),
    clock,
    async begin(title = 'Another value for field 40', reason = 'The page says so now.') {
      const { headers } = await expect(
        201,
        ask({ method: 'POST', url: '/v1/rulebook/drafts', headers: author, payload: { title, reason } }),
      );
      return headers['location'] as string;
    },
    step,
    async put(draft, files) {
      for (const [path, text] of Object.entries(files))
        await expect(200, step(draft, 'PUT', `/files/${path}`, author, text));
    },
    async look(draft, who = author, asked = request) {
      const { headers } = await expect(
        202,
        ask({ method: 'POST', url: `${draft}/impact`, headers: who, payload: { request: asked } }),
      );
      await app.jobs.impact.idle();
      return expect(200, ask({ url: headers['location'] as string, headers: who }));
    },
    async readyToPublish(value) {
      const draft = await it.begin();
      await it.put(draft, saying(value));
      await expect(200, ask({ method: 'POST', url: `${draft}/check`, headers: author }));
      await it.look(draft, approver);
      await expect(200, step(draft, 'POST', '/submit', author));
      await expect(200, step(draft, 'POST', '/approve', approver));
      return draft;
    },
    async forty() {
      const records = [record('SENR'), record('SPRG', programme)];
      const { body, headers } = await expect(
        200,
        ask({ method: 'POST', url: '/v1/evaluations', headers: author, payload: { request, records } }),
      );
      return { value: body.rows[0].homelessProgramEligible, rulebook: headers['cenr-rulebook'] };
    },
  };
  return it;
}
