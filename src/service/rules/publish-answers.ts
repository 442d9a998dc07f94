/** What publishing a draft and going back to a version have in common: refusals, and the answer that a version takes effect. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { differencesOf } from '#authoring/impact/declared';
import type { Shape } from '#base/shape';
import { capital } from '#base/text';
import type { Activation } from '#publishing/activation';
import { heldBack } from '#publishing/in-effect';
import { assemble, type Rulebook } from '#rulebook/load/assemble';
import type { SourceFile } from '#rulebook/load/declarations';
import { referencesIn, withReferences } from '#rulebook/load/reference-files';
import type { ErrorCode } from '../http/errors.ts';
import { withRulebook } from '../plugins/rules.ts';
import { BODY_REFUSALS, contents } from '../schemas/responses.ts';
import { ActivatedView, shownActivation, shownHeldBack, type Undoing, versionLink } from '../schemas/version.ts';

/** What either may refuse, whatever else. */
export const PUBLISH_REFUSALS = [
  'CENR_RULES_FROM_FOLDER',
  'CENR_RULEBOOK_UNUSABLE',
  ...BODY_REFUSALS,
] as const satisfies readonly ErrorCode[];

/** The good answer of either, for the API document. */
export const activated = (description: string, headers: Parameters<typeof contents>[2] = []) => ({
  201: contents(description, { 'application/json': ActivatedView }, ['location', 'cenr-rulebook', ...headers]),
});

/** Lets the activation count at once, and answers with it. */
export async function answerActivation(
  app: FastifyInstance,
  reply: FastifyReply,
  activation: Activation,
  undoes?: Shape<typeof Undoing>,
): Promise<FastifyReply> {
  await app.rules.refresh();
  return withRulebook(reply, activation.hash)
    .code(201)
    .header('location', versionLink(activation.hash))
    .send({
      ...shownActivation(activation),
      heldBack: heldBackFrom(await app.store.activations(), activation.createdAt),
      ...(undoes && { undoes }),
    });
}

/** What is to take effect after a moment, and will not as things are. */
export const heldBackFrom = (activations: readonly Activation[], at: string): ActivatedView['heldBack'] =>
  heldBack(activations)
    .filter(({ activation }) => activation.from > at)
    .map(shownHeldBack);

const equipped = (rulebook: Rulebook, rows: readonly SourceFile[]): Rulebook =>
  rows.length === 0 ? rulebook : assemble(withReferences(rulebook, rows, true));

/** What another version undoes of the one in effect: files, and differences in sentences. */
export function undoingOf(from: Rulebook, version: Rulebook): Shape<typeof Undoing> {
  // Reference files stay in use, whichever version is in effect.
  const to = equipped(version, referencesIn(from.files));
  const before = new Map(from.files.map(({ path, json }) => [path, JSON.stringify(json)]));
  const now = new Map(to.files.map(({ path, json }) => [path, JSON.stringify(json)]));
  const paths = [...new Set([...before.keys(), ...now.keys()])].sort();
  return {
    files: paths.flatMap((path) => {
      const [old, is] = [before.get(path), now.get(path)];
      if (old === is) return [];
      return [{ path, did: old === undefined ? 'added' : is === undefined ? 'removed' : 'changed' } as const];
    }),
    says: differencesOf(from, to)
      .filter(({ kind }) => kind !== 'words')
      .map(({ sentence }) => `${capital(sentence)}.`),
  };
}
