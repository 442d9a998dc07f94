/** Every page about rules. */
import type { Page } from '../visit.ts';
import { coverage } from './coverage.ts';
import { draft } from './draft.ts';
import { draftCheck } from './draft-check.ts';
import { draftDecide } from './draft-decide.ts';
import { draftEdit } from './draft-edit.ts';
import { draftFile } from './draft-file.ts';
import { draftFormPage } from './draft-form.ts';
import { draftImpact } from './draft-impact.ts';
import { draftParameter } from './draft-parameter.ts';
import { draftSuggestions } from './draft-suggestions.ts';
import { draftTakeBack } from './draft-take-back.ts';
import { drafts, newDraft } from './drafts.ts';
import { exampleFromStudent } from './example-from-student.ts';
import { example, examples } from './examples.ts';
import { impactChanges, impactProgress, impactReport } from './impact-report.ts';
import { ledger } from './ledger.ts';
import { mutants } from './mutants.ts';
import { newField } from './new-field.ts';
import { newFile } from './new-file.ts';
import { parameter } from './parameter.ts';
import { rules } from './rules.ts';
import { tryStudent } from './try-student.ts';
import { version } from './version.ts';
import { versionInWords } from './version-words.ts';
import { versions } from './versions.ts';

export const policyPages: readonly Page[] = [
  rules,
  parameter,
  versions,
  version,
  versionInWords,
  drafts,
  newDraft,
  draft,
  draftEdit,
  draftTakeBack,
  draftParameter,
  draftFile,
  draftFormPage,
  newField,
  newFile,
  draftSuggestions,
  draftCheck,
  draftImpact,
  impactReport,
  impactProgress,
  ...impactChanges,
  draftDecide,
  ...tryStudent,
  ...exampleFromStudent,
  ...ledger,
  ...examples,
  ...example,
  ...coverage,
  ...mutants,
];
