/** For threads.test.ts: an error class with a field, and a constructor that does not take a message alone. */
export class KnownError extends Error {
  readonly key: string;
  constructor(key: string, problem: string) {
    super(`${key}: ${problem}`);
    this.name = 'KnownError';
    this.key = key;
  }
}
