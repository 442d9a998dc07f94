/** The forms in which an extract can be had. The text file is the extract; all others are made from its rows. */

export const FORMS = ['text', 'csv', 'xlsx', 'parquet'] as const;
export type Form = (typeof FORMS)[number];
/** A form that is made from the rows of the text file. */
export type MadeForm = Exclude<Form, 'text'>;

/** The media type of each form. */
export const FORM_TYPES = {
  text: 'text/plain',
  csv: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  parquet: 'application/vnd.apache.parquet',
} as const satisfies Record<Form, string>;

/** What people call each form. */
export const FORM_NAMES = {
  text: 'text',
  csv: 'CSV',
  xlsx: 'workbook',
  parquet: 'Parquet',
} as const satisfies Record<Form, string>;

/** The form that the ending of a file's name stands for: `.csv`, `.xlsx`, `.parquet`. Any other name is one of a text. */
export const formOfName = (name: string): Form =>
  FORMS.find((form) => name.toLowerCase().endsWith(`.${form}`)) ?? 'text';
