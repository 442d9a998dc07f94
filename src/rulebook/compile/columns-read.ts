/** Which columns an extract reads. */
import type { OftenRead } from '#records/block/form';
import { Slots } from '#records/record';
import type { Rulebook } from '../load/assemble.ts';
import { compileExtract } from './extract-program.ts';

/** The columns that the rules of an extract name, and all those of the record type that rows are made from. */
export function columnsRead({ extract, schemas }: Rulebook): OftenRead {
  const slots = new Slots(schemas.layouts);
  compileExtract(extract, schemas, { recording: false, slots });
  const { types, columns, slotOf } = slots.plan();
  return new Map(
    types.map((type, i) => {
      const keys = columns[i] as readonly string[];
      const wanted = (slotOf[i] as Int16Array).subarray(-keys.length);
      const isWanted = (_: string, place: number): boolean => (wanted[place] as number) >= 0;
      return [type, new Set(type === schemas.output.copiesFrom ? keys : keys.filter(isWanted))];
    }),
  );
}
