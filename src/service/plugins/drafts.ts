/** Drafts of the rulebook: how they are checked, and whether they may be published here. */
import fp from 'fastify-plugin';
import { GaveUpError } from '#base/threads';
import type { WorkflowSettings } from '#publishing/draft';
import type { RulebookVersion } from '#publishing/in-effect';
import type { SourceFile } from '#rulebook/load/declarations';
import type { NamedVersion } from '#rulebook/load/namesakes';
import type { RulebookTexts } from '#rulebook/load/texts';
import { ServiceError } from '../http/errors.ts';
import { turns } from '../http/turns.ts';
import type { CheckOutcome } from '../rules/rules-work.ts';

/**
 * Checks files and runs their examples.
 * @param today CCYYMMDD
 * @param versions that are kept
 * @param before the files that were edited, when they are known
 * @throws GaveUpError
 */
export type CheckDraft = (
  texts: RulebookTexts,
  today: string,
  versions: readonly NamedVersion[],
  before?: RulebookTexts,
  references?: readonly SourceFile[],
) => Promise<CheckOutcome>;

/** Files to be checked. */
export interface ToCheck {
  readonly texts: RulebookTexts;
  /** Those that were edited. */
  readonly before?: RulebookTexts | undefined;
}

export interface DraftsOptions {
  readonly checkDraft: CheckDraft;
  /** Whether the rules in effect are the files of a folder that somebody named: then nothing is published over them. */
  readonly followsFolder: boolean;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly drafts: {
      readonly settings: WorkflowSettings;
      /**
       * Checks files when their turn comes.
       * @param keyId of the API key that asks
       * @param read gives them then; texts of waiting drafts are not held in memory
       * @throws ServiceError
       */
      check(keyId: string, read: () => Promise<ToCheck>): Promise<CheckOutcome>;
      /** @throws ServiceError when the rules come from a folder */
      requireOwnRules(): void;
    };
  }
}

const namedVersions = (versions: readonly RulebookVersion[]): NamedVersion[] =>
  versions.map(({ hash, about: { name, version } }) => ({ hash, about: { name, version } }));

/** So many of one key. A check keeps a core busy for seconds. */
const MOST_WAITING = 8;

export default fp<DraftsOptions>(
  async (app, { checkDraft, followsFolder }) => {
    const inTurn = turns(MOST_WAITING);
    app.decorate('drafts', {
      settings: { approvals: app.config.approvals },
      async check(keyId, read) {
        try {
          return await inTurn(keyId, async () => {
            const { texts, before } = await read();
            const versions = namedVersions(await app.store.versions());
            return await checkDraft(texts, app.today(), versions, before, await app.store.references());
          });
        } catch (error) {
          if (error instanceof GaveUpError)
            throw new ServiceError('CENR_CHECK_GAVE_UP', { detail: `The check was stopped: ${error.message}.` });
          throw error;
        }
      },
      requireOwnRules() {
        if (followsFolder) throw new ServiceError('CENR_RULES_FROM_FOLDER');
      },
    });
  },
  { name: 'drafts', dependencies: ['config', 'store'] },
);
