/**
 * The rulebook as it is shown: what rules are called, what they follow, and the values they use. The rules themselves
 * are in the files of the rulebook.
 */
import { Type } from 'typebox';
import { closed, type Shape } from '#base/shape';
import { SEVERITIES } from '#intake/problem';
import { loadedReferences } from '#rulebook/load/reference-files';
import { partsOfCheck } from '#rulebook/resolve/declared';
import type { RulesInEffect } from '../rules/rules-in-effect.ts';
import { ActivationView, publication, shownAbout, shownActivation } from './version.ts';

const texts = Type.Array(Type.String());
export const Source = Type.Object(
  { page: Type.String(), updated: Type.Optional(Type.String()), element: Type.String(), lastCompared: Type.String() },
  { additionalProperties: false, description: 'Where the rule is published, and the day somebody last compared it' },
);
const reading = Type.Optional(Type.String({ description: 'Which reading was chosen where the publication is silent' }));

export const RulebookView = Type.Object(
  {
    sha256: Type.String({ description: 'Of all files of the rulebook' }),
    name: Type.String(),
    version: Type.String(),
    publication: publication(),
    lastCompared: Type.String(),
    about: Type.Optional(Type.String()),
    references: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String(),
            sha256: Type.String({ description: 'Of the file that was loaded' }),
            rows: Type.Integer(),
          },
          closed,
        ),
        {
          description: 'Reference files that the rules look into; absent when none is loaded',
        },
      ),
    ),
    activation: Type.Optional(ActivationView('When the rulebook took effect, by whom and why')),
    fields: Type.Array(
      Type.Object(
        {
          field: Type.String(),
          name: Type.String(),
          source: Source,
          reading,
          rules: Type.Array(Type.String(), { description: 'Names, in the order in which the rules are tried' }),
        },
        { additionalProperties: false },
      ),
    ),
    selection: Type.Object(
      { source: Source, reading, onePer: texts, rowOrder: texts },
      { additionalProperties: false },
    ),
    checks: Type.Array(
      Type.Object(
        {
          code: Type.String(),
          title: Type.String(),
          severity: Type.String({ enum: [...SEVERITIES] }),
          examines: Type.String(),
          recordTypes: Type.Union([Type.Literal('all'), texts]),
          field: Type.Optional(Type.String()),
          message: Type.String(),
          fix: Type.String(),
          source: Source,
        },
        { additionalProperties: false },
      ),
    ),
    parameters: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          says: Type.String(),
          type: Type.String(),
          choices: Type.Optional(texts),
          reading,
          values: Type.Array(
            Type.Object(
              {
                value: Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
                key: Type.Optional(Type.String()),
                from: Type.Optional(Type.String()),
                through: Type.Optional(Type.String()),
                source: Type.Optional(Type.String()),
              },
              { additionalProperties: false },
            ),
          ),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false, description: 'The rulebook in effect' },
);

/** The rules in effect, with the activation by which they are. */
export function shownRulebook({
  rulebook: { hash, about, declared },
  activation,
}: RulesInEffect): Shape<typeof RulebookView> {
  const references = loadedReferences(declared);
  const { source, reading: read, onePer, rowOrder } = declared.selection.json;
  return {
    sha256: hash,
    ...shownAbout(about),
    ...(about.about !== undefined && { about: about.about }),
    ...(references.length > 0 && { references }),
    ...(activation && { activation: shownActivation(activation) }),
    fields: declared.fields
      .map(({ json }) => ({
        field: json.field,
        name: json.name,
        source: json.source,
        ...given('reading', json.reading),
        rules: json.rules.map((rule) => rule.name),
      }))
      .sort((a, b) => Number(a.field) - Number(b.field)),
    selection: { source, ...given('reading', read), onePer, rowOrder },
    checks: declared.checks
      .flatMap(partsOfCheck)
      .map(({ json: { code, title, severity, examines, recordTypes, field, message, fix, source: published } }) => ({
        code,
        title,
        severity,
        examines,
        recordTypes,
        ...given('field', field),
        message,
        fix,
        source: published,
      }))
      .sort((a, b) => (a.code < b.code ? -1 : 1)),
    parameters: Array.from(declared.parameters.values(), ({ json }) => ({
      name: json.name,
      says: json.says,
      type: json.type,
      ...(json.choices && { choices: json.choices }),
      ...given('reading', json.reading),
      values: json.values,
    })).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

const given = <K extends string>(key: K, value: string | undefined): { [key in K]?: string } =>
  value === undefined ? {} : ({ [key]: value } as { [key in K]?: string });
