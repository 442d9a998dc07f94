/** What stands at the place that cites a sentence, for whoever looks for it by its name. Pure. */
import type { Rulebook } from '#rulebook/load/assemble';
import type { Citation } from '#rulebook/load/citations';
import { casesOf } from '../examples/cases.ts';

/** A rule or example that cites a sentence, as people call it. */
export interface CitedPlace {
  readonly file: string;
  /** Of what cites it: of an example the case, of anything else the id itself. */
  readonly pointer: string;
  readonly kind: 'field' | 'selection' | 'parameter' | 'layout' | 'example';
  /** A field's number, a parameter's name, what an example is of; '' where there is no name. */
  readonly name: string;
  readonly says: string;
  /** The interpretation chosen there. */
  readonly reading?: string;
}

/** @returns what a citation of this rulebook stands in */
export function citedPlaces(rulebook: Rulebook): (citation: Pick<Citation, 'file' | 'pointer'>) => CitedPlace {
  const { declared, schemas } = rulebook;
  const fields = new Map(declared.fields.map(({ file, json }) => [file, json]));
  const parameters = new Map(
    [...declared.parameters.values()].map(({ file, pointer, json }) => [`${file} ${pointer}`, json]),
  );
  const cases = new Map(casesOf(rulebook).map((example) => [`${example.file} ${example.pointer}`, example]));
  return ({ file, pointer }) => {
    const place = { file, pointer };
    const of = pointer.replace(/\/(cites|values)\/.*$/, '');
    const field = fields.get(file);
    if (field) {
      const { reading } = field;
      return { ...place, kind: 'field', name: field.field, says: field.name, ...(reading && { reading }) };
    }
    const parameter = parameters.get(`${file} ${of}`);
    if (parameter) {
      const { name, says, reading } = parameter;
      return { ...place, kind: 'parameter', name, says, ...(reading && { reading }) };
    }
    const example = cases.get(`${file} ${of}`);
    if (example) return { file, pointer: of, kind: 'example', name: example.of, says: example.title };
    const selection = declared.selection;
    if (file === selection.file) {
      const { reading } = selection.json as { readonly reading?: string };
      return { ...place, kind: 'selection', name: '', says: 'The selection', ...(reading && { reading }) };
    }
    const column = schemas.output.columns[Number(of.split('/')[2])];
    return { ...place, kind: 'layout', name: column?.no ?? '', says: column?.name ?? 'The layout of the extract' };
  };
}

/** What a field, the selection or a check is called; '' for the selection. */
export function subjectName({ declared }: Pick<Rulebook, 'declared'>, of: string): string {
  const field = declared.fields.find(({ json }) => json.field === of);
  return field?.json.name ?? declared.checks.find(({ json }) => json.code === of)?.json.title ?? '';
}
