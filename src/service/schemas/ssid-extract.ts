/** SSID extracts, Replacement SSID extracts and searches for anomalies, as they are asked for and answered. */
import { Type } from 'typebox';
import { closed, oneOf, type Shape } from '#base/shape';
import { withoutWork } from '#publishing/job';
import { AnomalySearchJob } from '#store/anomaly-search-job';
import { SSIDExtractJob } from '#store/ssid-extract-job';
import { Next } from './page.ts';
import { Percent, percentOf } from './percent.ts';
import { renamed } from './renamed.ts';
import { SenderQuery } from './sender.ts';

export const SSIDExtractBody = Type.Object(
  {
    list: oneOf(['ssids', 'replacements'], {
      description:
        'ssids: those enrolled on a day, with their SSIDs; replacements: retired SSIDs, and what replaces them',
    }),
    ...SenderQuery,
    asOf: Type.Optional(
      Type.String({ maxLength: 10, description: 'Of ssids: the day, CCYYMMDD or CCYY-MM-DD (default: today)' }),
    ),
  },
  closed,
);

export const SSIDExtract = Type.Object(
  {
    ...renamed(SSIDExtractJob, { rulebookHash: 'rulebook' }).properties,
    progress: Percent,
    links: Type.Object(
      { self: Type.String(), file: Type.Optional(Type.String({ description: 'Once it is complete' })) },
      closed,
    ),
  },
  { $id: 'SSIDExtract', ...closed },
);
export type SSIDExtract = Shape<typeof SSIDExtract>;

export const SSIDExtracts = Type.Object(
  { extracts: Type.Array(Type.Ref('SSIDExtract')), next: Next },
  { ...closed, description: 'Newest first' },
);

export function shownSSIDExtract({ reportingLEAs: _, rulebookHash, progress, ...job }: SSIDExtractJob): SSIDExtract {
  const self = `/v1/ssid/extracts/${job.id}`;
  return {
    ...withoutWork(job),
    ...{ rulebook: rulebookHash, progress: percentOf(progress) },
    links: { self, ...(job.status === 'Complete' && { file: `${self}/file` }) },
  };
}

export const AnomalySearch = Type.Object(
  {
    ...renamed(AnomalySearchJob, { rulebookHash: 'rulebook' }).properties,
    progress: Percent,
    links: Type.Object({ self: Type.String(), anomalies: Type.String(), counts: Type.String() }, closed),
  },
  { $id: 'AnomalySearch', ...closed },
);
export type AnomalySearch = Shape<typeof AnomalySearch>;

export const shownSearch = ({
  reportingLEAs: _,
  by: _by,
  rulebookHash,
  progress,
  ...job
}: AnomalySearchJob): AnomalySearch => ({
  ...withoutWork(job),
  ...{ rulebook: rulebookHash, progress: percentOf(progress) },
  links: {
    ...{ self: `/v1/anomalies/search/${job.id}`, anomalies: '/v1/anomalies', counts: '/v1/anomalies/counts' },
  },
});
