/** The pages of SSIDs. */
import type { Page } from '../visit.ts';
import { anomalies, anomalySearch } from './anomalies.ts';
import { anomaly, anomalyChange } from './anomaly.ts';
import { confirmPages } from './confirm.ts';
import { downloadPages } from './downloads.ts';
import { extractPages } from './extracts.ts';
import { match, matchSteps } from './match.ts';
import { replacementPages } from './replacements.ts';
import { retire } from './retire.ts';
import { ssids } from './ssids.ts';
import { waiting } from './waiting.ts';

export const ssidPages: readonly Page[] = [
  ssids,
  match,
  ...matchSteps,
  ...confirmPages,
  retire,
  waiting,
  ...extractPages,
  ...replacementPages,
  ...downloadPages,
  anomalies,
  ...anomalySearch,
  anomaly,
  anomalyChange,
];
