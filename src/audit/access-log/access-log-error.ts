/** The access log cannot be used; the message says why, and what to do. */
export class AccessLogError extends Error {
  readonly code = 'ACCESS_LOG';
  constructor(message: string) {
    super(message);
    this.name = 'AccessLogError';
  }
}
