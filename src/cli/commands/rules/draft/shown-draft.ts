/** A draft as the service answers it, in lines for a reader. */

/** What is shown of a draft; the API document says what else there is. */
export interface ShownDraft {
  readonly id: string;
  readonly title: string;
  readonly reason: string;
  readonly state: string;
  readonly revision: number;
  readonly from: string;
  readonly rulebook: string;
  readonly author: { readonly name: string };
  readonly changedAt: string;
  readonly approvals: readonly { readonly name: string; readonly at: string }[];
  readonly approvalsNeeded: number;
  readonly checked?: {
    readonly at: string;
    readonly errors: number;
    readonly warnings: number;
    readonly examples: number;
    readonly examplesFailed: number;
  };
  readonly impactSeen?: {
    readonly by: { readonly name: string };
    readonly at: string;
    readonly against: string;
    readonly students?: number;
  };
  readonly reopened?: { readonly name: string; readonly at: string; readonly why: string };
  readonly publishedAs?: number;
  readonly changes?: readonly { readonly path: string; readonly did: string }[];
}

/** A draft in one line. */
export const summaryLine = ({ id, state, revision, author, title }: ShownDraft): string =>
  `${id}  ${state}, revision ${revision}, by ${author.name}: ${title}`;

/** Where a draft is on its way, and which files it changes. */
export function draftLines(draft: ShownDraft): string[] {
  const {
    from,
    rulebook,
    reason,
    checked,
    impactSeen,
    approvals,
    approvalsNeeded,
    reopened,
    publishedAs,
    changes = [],
  } = draft;
  return [
    summaryLine(draft),
    `  reason     ${reason || '(none yet)'}`,
    `  files      ${rulebook}`,
    `  made from  ${from}`,
    ...changes.map(({ path, did }) => `    ${did.padEnd(8)} ${path}`),
    `  checked    ${checked ? `${checked.at}: ${checked.errors} errors, ${checked.warnings} warnings; ${checked.examplesFailed} of ${checked.examples} examples failed` : 'not as the files are now'}`,
    `  looked at  ${impactSeen ? `${impactSeen.at} by ${impactSeen.by.name}${impactSeen.students === undefined ? '' : `, ${impactSeen.students} students`}, against ${impactSeen.against}` : 'not as the files are now'}`,
    `  approved   ${approvals.length} of ${approvalsNeeded}${approvals.map(({ name, at: when }) => `; ${name}, ${when}`).join('')}`,
    ...(reopened ? [`  sent back  ${reopened.at} by ${reopened.name}${reopened.why ? `: ${reopened.why}` : ''}`] : []),
    ...(publishedAs === undefined ? [] : [`  published  as entry ${publishedAs}`]),
  ];
}
