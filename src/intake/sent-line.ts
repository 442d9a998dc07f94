/** What a problem says of the line it is in: the line as it was sent, where the field at fault stands, and the school. */
import { cut } from '#base/text';
import type { Layout } from '#records/layout';
import { plainType } from '#records/record';
import type { AboutLine, Problem, SentLine } from './problem.ts';

/** A line may be wrong by being enormous. */
const MOST_SENT = 4_096;

interface Places {
  readonly layout: Layout;
  readonly fields: ReadonlyMap<string, number>;
  /** Of fields that are the last of a line, however many stand before: counted from its end. */
  readonly atEnd: ReadonlyMap<string, number>;
  readonly school: number;
}

/**
 * Tells what lines say of their problems.
 * @param schoolKey the key of the column with the school; record types without one have none
 * @param isRecordType whether a text is one
 */
export function lineTeller(
  layouts: readonly Layout[],
  schoolKey: string | undefined,
  isRecordType: (text: string) => boolean,
): (problem: Problem, text: string) => AboutLine {
  const placesOf = new Map(
    layouts.map((layout): [string, Places] => {
      const { recordType, columns, odsColumns = [] } = layout;
      return [
        recordType,
        {
          layout,
          fields: new Map(columns.map(({ no }, i) => [no, i])),
          atEnd: new Map(odsColumns.map(({ no }, i) => [no, odsColumns.length - i])),
          school: columns.findIndex(({ key }) => key === schoolKey),
        },
      ];
    }),
  );
  return ({ recordType, field, severity }, text) => {
    const places = placesOf.get(plainType(recordType));
    const fields = text.split('^');
    // Lines of some files begin with their second field.
    const shift = isRecordType((fields[0] as string).trimEnd()) ? 0 : 1;
    const school = places && schoolIn(places, fields, shift);
    const marked = places && placeIn(places, fields, shift, field);
    const isShown = severity !== 'advice';
    return {
      ...(school !== undefined && { school }),
      ...(isShown && {
        sent: { text: cut(text, MOST_SENT), ...(marked && marked.to <= MOST_SENT && { marked }) },
      }),
    };
  };
}

/** What stands where the school should be may be anything: only what could be one is taken. */
function schoolIn({ layout, school }: Places, fields: readonly string[], shift: number): string | undefined {
  const value = school < 0 ? '' : (fields[school - shift] ?? '').trim();
  const { max } = layout.columns[Math.max(school, 0)] as Layout['columns'][number];
  return value === '' || value.length > max ? undefined : value;
}

function placeIn(
  { fields: places, atEnd }: Places,
  fields: readonly string[],
  shift: number,
  field: string,
): SentLine['marked'] {
  const fromEnd = atEnd.get(field);
  const i = fromEnd === undefined ? (places.get(field) ?? -1) - shift : fields.length - fromEnd;
  const value = fields[i];
  if (i < 0 || value === undefined) return undefined;
  const from = fields.slice(0, i).reduce((sum, { length }) => sum + length + 1, 0);
  return { from, to: from + value.length };
}
