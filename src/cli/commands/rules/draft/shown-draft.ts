/** A draft as the service answers it, in lines for a reader. */
import { numbersInWords } from '#publishing/impact-words';
import type { DraftSummary, DraftView } from '#service/schemas/draft';

/** A draft in one line. */
export const summaryLine = ({ id, state, revision, author, title }: DraftSummary): string =>
  `${id}  ${state}, revision ${revision}, by ${author.name}: ${title}`;

/** Where a draft is on its way, and which files it changes. */
export function draftLines(draft: DraftView): string[] {
  const { from, rulebook, reason, checked, impactRead, approvals, approvalsNeeded, reopened, publishedAs, changes } =
    draft;
  return [
    summaryLine(draft),
    `  reason     ${reason || '(none yet)'}`,
    `  files      ${rulebook}`,
    `  made from  ${from}`,
    ...changes.map(({ path, did }) => `    ${did.padEnd(8)} ${path}`),
    `  checked    ${checked ? `${checked.at}: ${checked.errors} errors, ${checked.warnings} warnings; ${checked.examplesFailed} of ${checked.examples} examples failed` : 'the current files have not been checked'}`,
    ...(impactRead.length === 0
      ? ['  impact     nobody has read a report for the current files']
      : impactRead.map(
          ({ at, by, against, numbers }) =>
            `  impact     read ${at} by ${by.name}, ${numbers.students} students: ${numbersInWords(numbers)}; against ${against}${numbers.coversNewestYear ? '' : ', not for the newest year with rows'}`,
        )),
    `  approved   ${approvals.length} of ${approvalsNeeded}${approvals.map(({ name, at: when, read }) => `; ${name}, ${when}${read ? ` (${numbersInWords(read.numbers)})` : ''}`).join('')}`,
    ...(reopened ? [`  sent back  ${reopened.at} by ${reopened.name}${reopened.why ? `: ${reopened.why}` : ''}`] : []),
    ...(publishedAs === undefined ? [] : [`  published  as activation ${publishedAs}`]),
  ];
}
