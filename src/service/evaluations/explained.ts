/** An evaluation with the explanation of each of its rows. */
import type { Explainer, Subject } from '#explain/explain';
import type { MissingExplanation, RowExplanation, SecondOpinionShown, SelectionOpinion } from '#explain/explanation';
import { outputColumns } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { ServiceError } from '../http/errors.ts';
import { shown } from '../http/validate.ts';
import type { Evaluated, EvaluationSession } from './evaluate.ts';

export interface ExplainedEvaluation extends Evaluated {
  readonly explanations: readonly RowExplanation[];
  /** Why there is no row; for a student who has none. */
  readonly missing?: MissingExplanation;
}

export interface Explaining {
  readonly rulebook: Rulebook;
  readonly explainer: Explainer;
  /** Number of the only column to explain; all of them when absent. */
  readonly field: string | undefined;
  /** Told of every second opinion; gives what is shown of it. */
  readonly heard: <O extends SelectionOpinion | SecondOpinionShown>(opinion: O) => O;
}

/**
 * Evaluates one student and explains each row.
 * @throws ServiceError as the evaluation of the session does, and CENR_REQUEST_INVALID for a field that is no column
 */
export async function explainedEvaluation(
  session: EvaluationSession,
  records: unknown,
  { rulebook, explainer, field, heard }: Explaining,
): Promise<ExplainedEvaluation> {
  const { body, sent, sentWith, ...evaluated } = session.evaluateWithBody(records);
  const { request, runDate, columns } = session;
  const numbers = outputColumns(rulebook.schemas.output, columns).map((c) => c.no);
  if (field !== undefined && !numbers.includes(field))
    throw fieldInvalid(
      `found ${shown(field)}, expected the number of a column, from ${numbers[0]} to ${numbers.at(-1)}`,
    );
  const fields = field === undefined ? undefined : [field];
  // All records came with the request: there is nothing in them that its sender may not see.
  const subject: Subject = {
    ssid: evaluated.ssid,
    body,
    sent,
    sentWith,
    request,
    runDate,
    columns,
    visible: 'all',
    placeOf: () => ({ file: 'records' }),
  };
  const explanations: RowExplanation[] = [];
  for (const key of explainer.rows(subject)) {
    const explanation = explainer.row(subject, key, fields && { fields });
    if (explanation)
      explanations.push({
        ...explanation,
        secondOpinion: heard(await explainer.secondOpinion(subject, key, fields)),
      });
  }
  if (explanations.length > 0 || evaluated.ssid === '') return { ...evaluated, explanations };
  const secondOpinion = heard(await explainer.selectionOpinion(subject));
  return { ...evaluated, explanations, missing: { ...explainer.missing(subject), secondOpinion } };
}

/** What is wrong with the parameter `field`. */
export const fieldInvalid = (message: string): ServiceError =>
  new ServiceError('CENR_REQUEST_INVALID', { errors: [{ parameter: 'field', message }] });
