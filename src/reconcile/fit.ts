/** Whether a request can have made a file, by the days, schools and grades of its rows. */
import { grouped } from '#base/text';
import { type ExtractRequest, RequestError, requestFacts } from '#extract/request';
import { isRealDay, withDashes } from '#records/days';
import type { OutputColumn } from '#records/layout';
import type { Rulebook } from '#rulebook/load/assemble';
import { requestColumns } from '#rulebook/tree/request-columns';
import type { DaySpan, TheirFacts } from './their-rows.ts';

const MOST_NAMED = 5;

/**
 * What speaks against a request, a sentence each.
 * @throws RequestError when no row of the file can be of this request
 */
export function whatDoesNotFit(facts: TheirFacts, request: ExtractRequest, rulebook: Rulebook): string[] {
  return [...daysThatDoNotFit(facts, request, rulebook), ...listsThatDoNotFit(facts, request, rulebook)];
}

function daysThatDoNotFit({ days }: TheirFacts, request: ExtractRequest, rulebook: Rulebook): string[] {
  const { from, through } = requestFacts(request, rulebook);
  const { output } = rulebook.schemas;
  const interval = rulebook.declared.intervals.find(({ json }) => json.of === output.copiesFrom)?.json;
  const window = `${withDashes(from)} to ${withDashes(through)}`;
  const spanOf = (key: string | undefined): readonly [OutputColumn, DaySpan] | undefined => {
    const column = output.columns.find(({ copyOf }) => copyOf === key);
    const span = column && days.get(column.key);
    return column && span && isRealDay(span.first) ? [column, span] : undefined;
  };
  const [starts, exits] = [spanOf(interval?.start), spanOf(interval?.end)];
  const says: string[] = [];
  if (starts && starts[1].last > through) {
    const [{ name }, { first, last, lastAt }] = starts;
    const found = `the file has ${name} ${withDashes(last)}, ${lastAt}, and the request is for ${window}`;
    if (first > through) throw new RequestError('academicYear', `the request does not fit the file: ${found}`);
    says.push(`The request may not be the one that made the file: ${found}.`);
  }
  if (exits && exits[1].first < from) {
    const [{ name }, { first, last, firstAt, blank }] = exits;
    const found = `the file has ${name} ${withDashes(first)}, ${firstAt}, and the request is for ${window}`;
    if (last < from && blank === 0)
      throw new RequestError('academicYear', `the request does not fit the file: ${found}`);
    says.push(`The request may not be the one that made the file: ${found}.`);
  }
  return says;
}

/** Values of rows that a list of the request leaves out. */
function listsThatDoNotFit({ values }: TheirFacts, request: ExtractRequest, rulebook: Rulebook): string[] {
  const says: string[] = [];
  for (const [list, key] of requestColumns(rulebook.extract.selection)) {
    const asked = request[list as keyof ExtractRequest];
    const counts = values.get(key);
    if (list === 'reportingLEAs' || !Array.isArray(asked) || asked.length === 0 || !counts) continue;
    const out = [...counts].filter(([value]) => !asked.includes(value));
    if (out.length === 0) continue;
    const name = rulebook.schemas.output.columns.find(({ copyOf }) => copyOf === key)?.name ?? key;
    const rows = out.reduce((sum, [, n]) => sum + n, 0);
    const named = out.slice(0, MOST_NAMED).map(([value]) => value);
    const says1 = `${grouped(rows)} rows of the file have a ${name} that the request leaves out (${named.join(', ')}${out.length > named.length ? ', …' : ''})`;
    if (out.length === counts.size) throw new RequestError(list, `the request does not fit the file: ${says1}`);
    says.push(`The request may not be the one that made the file: ${says1}.`);
  }
  return says;
}
