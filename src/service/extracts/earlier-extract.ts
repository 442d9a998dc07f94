/** The extract that one is compared with when nobody names another. */
import type { ExtractRequest } from '#extract/request';
import { isSameRequest } from '#extract/same-request';
import type { ExtractJob } from '#store/extract-job';
import type { JobsInScope } from '#store/store';

const AT_ONCE = 200;
/** Further back nobody looks. */
const MOST = 2_000;

/** The last finished extract of the same request that was asked for before this one. */
export async function earlierExtract(
  jobs: JobsInScope<ExtractJob>,
  extract: ExtractJob,
): Promise<ExtractJob | undefined> {
  const request = extract.request as ExtractRequest;
  let after = extract.id;
  for (let seen = 0; seen < MOST; seen += AT_ONCE) {
    const page = await jobs.list({ limit: AT_ONCE, after, status: 'Complete' });
    const found = page.find((job) => isSameRequest(job.request as ExtractRequest, request));
    const last = page.at(-1);
    if (found || !last || page.length < AT_ONCE) return found;
    after = last.id;
  }
  return undefined;
}
