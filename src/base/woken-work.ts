/** Work that is to be done when somebody says that there may be some: never twice at a time. */
export class WokenWork {
  readonly #work: () => Promise<void>;
  readonly #onError: (error: unknown) => void;
  #isWoken = false;
  #isStopped = false;
  #working: Promise<void> | undefined;

  /**
   * @param work does all there is
   * @param onError told what it ended with
   */
  constructor(work: () => Promise<void>, onError: (error: unknown) => void) {
    this.#work = work;
    this.#onError = onError;
  }

  /** There may be work. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isStopped || this.#working) return;
    this.#isWoken = false;
    this.#working = this.#work()
      .catch(this.#onError)
      .finally(() => {
        this.#working = undefined;
        // There may be some since it was last looked for: whoever said so is heeded now.
        if (this.#isWoken) this.wake();
      });
  }

  /** Resolves when nothing is done or to be done. */
  async idle(): Promise<void> {
    while (this.#working) await this.#working;
  }

  /** Begins nothing more; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#working;
  }
}
