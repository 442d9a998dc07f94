/**
 * What somebody gave cannot be used: an option, a file, a name, a setting. The message says what was found, what was
 * expected and what to do. Whoever gave it is shown the message; any other error is a fault of the program.
 */
export class UserError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UserError';
  }
}
