/** What `cenr ssid match` does. */
import { fileOutput, streamOutput } from '#base/output';
import { grouped } from '#base/text';
import { keepHeapsSmall } from '#base/threads';
import { LOAD_MAKES_ONE, withStoreToRead } from '#cli/open-store';
import { scopeFrom } from '#cli/options';
import { say, seconds, withProgress } from '#cli/summary';
import { terminal } from '#cli/terminal';
import { matchParameters } from '#identity/parameters';
import { type ResultForm, ResultWriter } from '#identity/result';
import type { Encoding } from '#intake/lines';
import { matchStudents } from '#pipeline/match-students';
import { requestsFrom } from './requests-from.ts';

export interface MatchCommandOptions {
  readonly lea: string;
  readonly store: string;
  readonly out: string;
  readonly format?: ResultForm;
  readonly reasons?: true;
  readonly encoding: Encoding;
  readonly rules?: string;
}

/** Matches the requests of files, as the options of `cenr ssid match` say. */
export async function matchFiles(paths: readonly string[], options: MatchCommandOptions): Promise<void> {
  const begun = performance.now();
  keepHeapsSmall();
  const { replacements, total } = await withStoreToRead(
    options.store,
    async (store) => ({ replacements: await store.ssids.replacements(), total: await store.forLEAs('all').students() }),
    LOAD_MAKES_ONE,
  );
  const { requests, rulebook, severalFiles } = await requestsFrom(paths, options);
  const csv = options.format === 'csv' || (options.format === undefined && options.out.endsWith('.csv'));
  const writer = new ResultWriter(matchParameters(rulebook), csv ? 'csv' : 'text', options.reasons === true);
  const output = options.out === '-' ? streamOutput(terminal.out) : await fileOutput(options.out);
  const counts = { requests: 0, none: 0, candidates: 0 };
  try {
    await output.write(writer.begin());
    await withProgress(async (onProgress) => {
      let students = 0;
      const matched = matchStudents(requests, {
        ...{ storeDir: options.store, scope: scopeFrom([options.lea]), rulebook, replacements },
        onProgress: (more) => {
          students += more;
          onProgress(Math.min(1, students / Math.max(total, 1)));
        },
      });
      for await (const [request, candidates] of matched) {
        counts.requests++;
        counts.candidates += candidates.length;
        if (candidates.length === 0) counts.none++;
        const line = severalFiles ? `${request.file}:${request.line}` : String(request.line);
        await output.write(writer.request({ line, localID: request.enrollment.localID }, candidates));
      }
    });
    await output.finish();
  } catch (error) {
    await output.abandon();
    throw error;
  }
  say([
    `requests      ${grouped(counts.requests)}`,
    `  candidates  ${grouped(counts.candidates)}, for ${grouped(counts.requests - counts.none)} of them`,
    `  none        ${grouped(counts.none)}`,
    ...(options.out === '-' ? [] : [`written       ${options.out}`]),
    `in ${seconds(begun)}`,
  ]);
}
