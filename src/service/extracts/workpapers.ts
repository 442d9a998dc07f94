/** Workpapers: of each row that was drawn, what an auditor holds against the sources, put together by explaining it. */
import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { readManifest } from '#audit/manifest';
import type { SampledRow } from '#audit/row-sample';
import type { Drawn } from '#audit/sample';
import type { Subject } from '#explain/explain';
import type { RowExplanation, ShownRecord } from '#explain/explanation';
import { layoutOf, type Schemas } from '#records/layout';
import { asSent, lineNumberOf, plainType, sourceOf, withSSID } from '#records/record';
import type { LEAScope } from '#records/scope';
import type { ExtractJob } from '#store/extract-job';
import type { RowPaper, SourceLine, StudentPaper, Workpapers } from '../schemas/workpapers.ts';
import { extractGone, tracedRow } from './extract-answers.ts';
import { proofMaker } from './proofs.ts';
import type { DrawnSample } from './samples.ts';
import { asDecided, rejectionsOf, subjectOf } from './subject.ts';

/**
 * @param scope LEAs of the caller
 * @param only the number of the one field that is tested; all derived ones when absent
 * @throws ServiceError for records, rules or files that are no longer kept
 */
export async function workpapers(
  app: FastifyInstance,
  job: ExtractJob,
  { method, rows, missing }: DrawnSample,
  scope: LEAScope,
  only?: string,
): Promise<Workpapers> {
  const { id, sha256 = '', runDate, rulebookHash } = job;
  const manifest = readManifest(await readFile(app.jobs.extract.filesOf(job).manifest).catch(extractGone));
  const { about } = (await app.explanations.by(rulebookHash)).rulebook;
  const prove = rows.length > 0 ? await proofMaker(app, job) : undefined;
  const papers: RowPaper[] = [];
  for (const drawn of rows) {
    const { row, trace } = drawn.item;
    const explained = await explainedRow(app, job, drawn.item, scope, only);
    papers.push(rowPaper(drawn, explained, (prove as NonNullable<typeof prove>)(row, trace)));
  }
  const students: StudentPaper[] = [];
  for (const drawn of missing) students.push(await studentPaper(app, job, drawn, scope));
  return {
    extract: {
      id,
      sha256,
      runDate,
      manifestSha256: manifest.sha256,
      merkleRoot: manifest.merkleRoot,
      rulebook: { name: about.name, version: about.version, sha256: rulebookHash },
    },
    sample: method,
    rows: papers,
    students,
  };
}

interface Explained {
  readonly explanation: RowExplanation;
  readonly subject: Subject;
  readonly schemas: Schemas;
}

async function explainedRow(
  app: FastifyInstance,
  job: ExtractJob,
  { trace }: SampledRow,
  scope: LEAScope,
  only: string | undefined,
): Promise<Explained> {
  const { rulebook } = await app.explanations.by(job.rulebookHash);
  const { schemas } = rulebook;
  const traced = tracedRow(trace, rulebook);
  const { explainer, subject } = await subjectOf(app, job, traced.row.ssid, scope);
  const fields = only === undefined ? schemas.output.columns.filter(({ rule }) => rule).map(({ no }) => no) : [only];
  // What else could be is no evidence, and takes by far the longest to find.
  const options = { fields, whyNot: false, changes: false };
  return { explanation: asDecided(app, job, { explainer, subject }, traced, options), subject, schemas };
}

function rowPaper(
  { hash, stratum, item }: Drawn<SampledRow>,
  { explanation, subject, schemas }: Explained,
  proof: RowPaper['proof'],
): RowPaper {
  const { ssid, formerly, reportingLEA, school, grade, qualification, fields } = explanation;
  return {
    number: item.number,
    hash,
    stratum,
    ssid,
    ...(formerly && { formerly }),
    reportingLEA,
    school,
    grade,
    qualification: qualification.short,
    fields: fields.map(({ field, name, value, short, rule }) => ({
      field,
      name,
      value,
      short,
      ...(rule && { rule: rule.name, published: rule.source }),
    })),
    lines: sourceLines(explanation, textsOf(subject, schemas)),
    proof,
  };
}

/** The enrollment of a row, and every record that a field rests on, each once. */
function sourceLines({ qualification, fields }: RowExplanation, texts: Texts): SourceLine[] {
  const found = new Map<string, { readonly record: ShownRecord; readonly usedFor: string[] }>();
  const add = (record: ShownRecord, field?: string): void => {
    const key = JSON.stringify(record.sent ?? [record.recordType, record.values]);
    const known = found.get(key) ?? { record, usedFor: [] };
    found.set(key, known);
    if (field !== undefined && !known.usedFor.includes(field)) known.usedFor.push(field);
  };
  add(qualification.record);
  for (const { field, facts = [] } of fields)
    for (const { candidates = [] } of facts) for (const { record, taken } of candidates) if (taken) add(record, field);
  return Array.from(found.values(), ({ record, usedFor }) => ({ ...sourceLine(record, texts), usedFor }));
}

const placeText = (upload: string | undefined, file: string, line: number): string => `${upload} ${line} ${file}`;

/** Lines as they were sent, by their place. */
type Texts = ReadonlyMap<string, string>;

function textsOf({ body, placeOf, sentWith }: Subject, schemas: Schemas): Texts {
  return new Map(
    (body === '' ? [] : body.split('\n')).flatMap((kept): [string, string][] => {
      const [source, line] = [sourceOf(kept), lineNumberOf(kept)];
      const place = placeOf(source);
      const text = asSent(kept);
      const ssid = sentWith?.(source, line);
      const layout = ssid === undefined ? undefined : layoutOf(schemas, plainType(text.split('^', 1)[0] as string));
      const sent = layout && ssid !== undefined ? withSSID(text, layout, ssid) : text;
      return place ? [[placeText(place.upload, place.file, line), sent]] : [];
    }),
  );
}

/** A record that the reader may not see has no place, and so no line. */
function sourceLine({ recordType, sent, values }: ShownRecord, texts: Texts): Omit<SourceLine, 'usedFor'> {
  const text = sent && texts.get(placeText(sent.upload, sent.file, sent.line));
  const told = Object.entries(values).filter(([, value]) => value !== '');
  return {
    recordType,
    ...(sent && { sent }),
    text: text ?? told.map(([key, value]) => `${key} ${value}`).join(', '),
  };
}

async function studentPaper(
  app: FastifyInstance,
  job: ExtractJob,
  { hash, item }: Drawn<string>,
  scope: LEAScope,
): Promise<StudentPaper> {
  const { explainer, rulebook, subject } = await subjectOf(app, job, item, scope);
  const { ssid, formerly, short, enrollments, rejections } = explainer.missing({
    ...subject,
    rejections: await rejectionsOf(app, job, subject, scope),
  });
  const texts = textsOf(subject, rulebook.schemas);
  return {
    hash,
    ssid,
    ...(formerly && { formerly }),
    short,
    enrollments: enrollments.map(({ short: says, record }) => ({
      says,
      line: { ...sourceLine(record, texts), usedFor: [] },
    })),
    rejections: rejections.map(({ sent: { file, line }, code, message }) => ({ file, line, code, message })),
  };
}
