/** Records of worked examples in few words; columns not named are those of `rules/examples/defaults.json`. */
import type { ExampleRecord } from '#authoring/examples/cases';

type Columns = Readonly<Record<string, string>>;

export const SENR: ExampleRecord = {
  recordType: 'SENR',
  enrollmentStartDate: '20230815',
  enrollmentExitDate: '20240612',
  studentExitReasonCode: 'T160',
};
export const sinf = (columns: Columns = {}): ExampleRecord => ({
  recordType: 'SINF',
  effectiveStartDate: '20230815',
  ...columns,
});
export const sprg = (columns: Columns): ExampleRecord => ({ recordType: 'SPRG', ...columns });
export const sela = (code: string, start: string, columns: Columns = {}): ExampleRecord => ({
  recordType: 'SELA',
  englishLanguageAcquisitionStatusCode: code,
  englishLanguageAcquisitionStatusStartDate: start,
  ...columns,
});
export const swds = (code: string, start: string): ExampleRecord => ({
  recordType: 'SWDS',
  specialEducationStatusCode: code,
  specialEducationStatusEffectiveStartDate: start,
});
