/** A reconciliation as data: what was compared, how rows were found, and the clusters. */
import type { ExtractRequest } from '#extract/request';
import type { CauseWords } from './cause-words.ts';
import type { Cluster } from './clusters.ts';
import type { Inferred } from './infer.ts';
import type { PlaceCounted } from './place-counts.ts';
import type { TheirFacts } from './their-rows.ts';

/** What a reconciliation came to. */
export interface Outcome {
  readonly request: Inferred<ExtractRequest>;
  readonly runDate: Inferred<string>;
  readonly facts: TheirFacts;
  readonly counts: Readonly<Record<string, number>>;
  readonly clusters: readonly Cluster[];
  readonly places: PlaceCounted;
  readonly words: CauseWords;
  readonly notes: readonly string[];
}

export const summaryOf = ({ request, runDate, facts, counts, places, notes }: Omit<Outcome, 'clusters' | 'words'>) => ({
  request: request.value,
  requestBecause: request.because,
  runDate: runDate.value,
  runDateBecause: runDate.because,
  columns: facts.form?.columns.length ?? 0,
  header: facts.hasHeader,
  zerosPutBack: Object.fromEntries(facts.zerosPutBack),
  unreadable: facts.unreadableLines,
  counts,
  places,
  notes,
});

export const clusterLine = (cluster: Cluster, words: CauseWords) => ({
  kind: 'cluster',
  cluster: cluster.number,
  rows: cluster.rows,
  students: cluster.students,
  rowsMadeSame: cluster.rowsMadeSame,
  cause: cluster.cause?.kind ?? null,
  sentence: words.cluster(cluster),
  firstAction: words.firstAction(cluster),
});
