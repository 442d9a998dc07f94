/**
 * Makes parts of extracts that other processes have, while this one has no extract of its own to make. What it makes of
 * a part is a file in the folder that all share; the one that has the extract puts them together.
 */
import { WokenWork } from '#base/woken-work';
import type { RangeMaker } from '#pipeline/from-store';
import type { ExtractJob } from '#store/extract-job';
import type { Attempt, Part, Parts } from '#store/replicas';
import type { Heard } from '../plugins/replicas.ts';
import { writePart } from './shared-extracts.ts';

export interface HelperOptions {
  readonly parts: Parts;
  /** Of the program: only extracts of the same one are helped with. */
  readonly version: string;
  /** The own extracts, which go first. */
  readonly own: { readonly isMaking: boolean; idle(): Promise<void> };
  /** A job as it is now. */
  job(id: string): Promise<ExtractJob | undefined>;
  /** The folder for what is made of the parts of an attempt. */
  dirOf(of: Attempt): string;
  /**
   * What makes ranges of an extract.
   * @param ranges about how many there are to make
   */
  makerOf(job: ExtractJob, ranges: number): Promise<RangeMaker>;
  /** Told how many parts of an extract were made here. */
  readonly onHelped: (job: string, made: number) => void;
  /** Told what went wrong; of the extract, unless nothing can be asked. */
  readonly onTrouble: (job: string | undefined, error: unknown) => void;
}

/** So many attempts that could not be helped with are remembered. */
const MOST_REFUSED = 100;

const OVER = Symbol('the extract is no longer made');
const STOPPED = Symbol('this process makes no parts any more');

/** An extract that is being helped with. */
interface Helping extends Attempt {
  readonly abort: AbortController;
  made: number;
}

export class PartHelper {
  readonly #options: HelperOptions;
  readonly #making: WokenWork;
  #stopping = false;
  #helping: Helping | undefined;
  /** What could not be made here, and would not be again. */
  readonly #refused: Attempt[] = [];
  /** Set when the store failed: parts may be held that nobody makes. */
  #isUnsure = false;

  constructor(options: HelperOptions) {
    this.#options = options;
    this.#making = new WokenWork(
      () => this.#work(),
      (error) => {
        this.#isUnsure = true;
        options.onTrouble(undefined, error);
      },
    );
  }

  heard(told: Heard): void {
    if (told.about === 'anything' || (told.about === 'part' && !told.isMade)) this.wake();
    if (told.about !== 'job' || told.kind !== 'extract' || told.id !== this.#helping?.job) return;
    if (told.status !== 'Processing') this.#helping.abort.abort(OVER);
  }

  /** There may be parts to make. */
  wake(): void {
    this.#making.wake();
  }

  /** Gives back what is not made yet. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#helping?.abort.abort(STOPPED);
    await this.#making.stop();
  }

  async #work(): Promise<void> {
    const { parts, version, own } = this.#options;
    for (;;) {
      await own.idle();
      if (this.#stopping) return;
      if (this.#isUnsure) await parts.giveBackAll();
      this.#isUnsure = false;
      const part = await parts.help(version, { except: this.#refused });
      if (!part) return;
      await this.#help(part);
    }
  }

  /** Makes parts of one extract, as long as there are some. */
  async #help(first: Part): Promise<void> {
    const { parts, makerOf, version, own, onHelped } = this.#options;
    const { job, attempt } = first;
    const helping: Helping = { job, attempt, abort: new AbortController(), made: 0 };
    const { signal } = helping.abort;
    this.#helping = helping;
    if (this.#stopping) helping.abort.abort(STOPPED);
    const next = async (): Promise<Part | undefined> =>
      signal.aborted || own.isMaking ? undefined : await parts.help(version, { of: helping });
    let maker: RangeMaker | undefined;
    try {
      maker = await this.#makerOf(first, helping, makerOf);
      if (!maker) return;
      const { count } = maker;
      const each = async (begun?: Part): Promise<void> => {
        for (let part = begun ?? (await next()); part; part = await next())
          await this.#make(part, helping, maker as RangeMaker);
      };
      // All come to an end before anything is told: what they hold is given back then.
      const ends = await Promise.allSettled(Array.from({ length: count }, (_, i) => each(i === 0 ? first : undefined)));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    } finally {
      this.#helping = undefined;
      await maker?.close();
      if (helping.made > 0) onHelped(job, helping.made);
    }
  }

  async #makerOf(
    part: Part,
    { job: id, attempt, abort }: Helping,
    makerOf: HelperOptions['makerOf'],
  ): Promise<RangeMaker | undefined> {
    const { parts } = this.#options;
    try {
      const job = await this.#options.job(id);
      if (job?.status !== 'Processing' || job.attempt !== attempt) abort.abort(OVER);
      abort.signal.throwIfAborted();
      return await makerOf(job as ExtractJob, (await parts.left(part)) + 1);
    } catch (error) {
      await this.#gaveUp(part, abort, error);
      return undefined;
    }
  }

  async #make(part: Part, helping: Helping, maker: RangeMaker): Promise<void> {
    const { parts, dirOf } = this.#options;
    const { abort } = helping;
    try {
      const made = await maker.make(part.range, abort.signal);
      const sha256 = await writePart(dirOf(part), part.n, made);
      // A file that nobody wants goes with its folder.
      if (await parts.made(part, sha256)) helping.made++;
      else abort.abort(OVER);
    } catch (error) {
      await this.#gaveUp(part, abort, error);
    }
  }

  /** Gives a part back, and begins no other of its extract. */
  async #gaveUp(part: Part, abort: AbortController, error: unknown): Promise<void> {
    const { parts, onTrouble } = this.#options;
    const hasFailed = !abort.signal.aborted;
    abort.abort(OVER);
    // Of an extract that is over, the folder is gone: that is no trouble.
    if (!(await parts.giveBack(part, hasFailed)) || !hasFailed) return;
    const { job, attempt } = part;
    if (this.#refused.push({ job, attempt }) > MOST_REFUSED) this.#refused.shift();
    onTrouble(job, error);
  }
}
