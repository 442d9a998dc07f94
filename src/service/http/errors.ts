/**
 * Everything this service can refuse, in one list: read it and you know. `docs/errors.md` is printed from it
 * (scripts/docs/errors-page.ts), the OpenAPI document names its codes, and test/service/http/errors.test.ts compares
 * all three, both ways. A retired code stays in RETIRED and is never used again.
 */

export interface CatalogueEntry {
  readonly status: number;
  readonly title: string;
  /** What it means, one sentence. */
  readonly says: string;
  /** What to do about it, one sentence. */
  readonly solve: string;
}

export const ERRORS = {
  // The request as such.
  CENR_REQUEST_INVALID: {
    status: 400,
    title: 'The request does not have the expected form',
    says: 'A key, parameter or header is unknown, missing or has a value that cannot be used; "errors" says which.',
    solve: 'Correct what "errors" names; /docs shows the form of every request.',
  },
  CENR_JSON_INVALID: {
    status: 400,
    title: 'The body is not JSON',
    says: 'The body was announced as JSON, but is empty or cannot be read as such.',
    solve: 'Send one complete JSON value in UTF-8.',
  },
  CENR_HTTP_INVALID: {
    status: 400,
    title: 'The request is not proper HTTP',
    says: 'The request line, a header or the framing of the body cannot be understood.',
    solve: 'Check the address, the Content-Length and, for multipart, the boundary; send the request again.',
  },
  CENR_UPLOAD_EMPTY: {
    status: 400,
    title: 'The upload holds nothing',
    says: 'No file was sent, or a file without a single byte.',
    solve: 'Send the file as the body (curl --data-binary @FILE), or files as parts of multipart/form-data.',
  },
  // Who is asking.
  CENR_KEY_REQUIRED: {
    status: 401,
    title: 'An API key is required',
    says: 'The request has no Authorization header of the form "Bearer cenr_…".',
    solve: 'Send the header "Authorization: Bearer KEY"; "npx cenr key add" makes a key.',
  },
  CENR_KEY_UNKNOWN: {
    status: 401,
    title: 'The API key is not known',
    says: 'The key is not known here, or was revoked.',
    solve: 'Check that the whole key was copied; ask the operator for a new one.',
  },
  CENR_ROLE_MISSING: {
    status: 403,
    title: "The key's role does not allow this",
    says: 'The key is known, but its role may not do what was asked.',
    solve: 'Use a key of one of the roles that the API document names for this request.',
  },
  CENR_ALL_LEAS_MISSING: {
    status: 403,
    title: 'The key is not entitled to all LEAs',
    says: '"all" was asked for with a key that is bound to certain LEAs.',
    solve: 'Name the LEAs, or use a key that is bound to all.',
  },
  CENR_DRAFT_NOT_YOURS: {
    status: 403,
    title: 'Only its author does this with a draft',
    says: 'Only the author of a draft changes or submits it, so that whoever approves it has had no hand in it.',
    solve: 'Ask the author, or make a draft of your own.',
  },
  CENR_DRAFT_YOURS: {
    status: 403,
    title: 'Nobody approves their own draft',
    says: 'The draft was written by the same person; keys with one name are one person’s.',
    solve: 'Have somebody else approve it.',
  },
  // What is asked for.
  CENR_NOT_FOUND: {
    status: 404,
    title: 'There is no such thing within reach of this key',
    says: "The upload, extract or LEA does not exist, or belongs to an LEA that is not among the key's: the answer is the same for both.",
    solve: 'Check the id or LEA code, and the LEAs that the key is bound to.',
  },
  CENR_ROUTE_UNKNOWN: {
    status: 404,
    title: 'There is nothing at this address',
    says: 'The path is not one of this service.',
    solve: 'See /docs for the paths there are.',
  },
  CENR_METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'The method is not allowed here',
    says: 'The path exists, but not with this method; the Allow header lists those it has.',
    solve: 'Use one of the methods in the Allow header.',
  },
  CENR_NOT_ACCEPTABLE: {
    status: 406,
    title: 'No form of the answer is acceptable',
    says: 'The Accept header names none of the media types in which this can be sent.',
    solve: 'Ask for one of the media types that "detail" lists.',
  },
  CENR_TIMEOUT: {
    status: 408,
    title: 'The request took too long to arrive',
    says: 'The request was not complete within the time this service waits.',
    solve: 'Send it again; send large files compressed with gzip.',
  },
  CENR_EXTRACT_NOT_COMPLETE: {
    status: 409,
    title: 'The extract is not complete',
    says: 'The file exists only once the status of the extract is Complete.',
    solve: 'Ask for the extract until its status is Complete; if it is Failed or Cancelled, request a new one.',
  },
  CENR_IDEMPOTENCY_BUSY: {
    status: 409,
    title: 'The first request with this Idempotency-Key is still running',
    says: 'A request with the same Idempotency-Key has not been answered yet.',
    solve: 'Wait, then send the same request again: it will get the same answer.',
  },
  // Drafts and versions of the rulebook.
  CENR_DRAFT_STATE: {
    status: 409,
    title: 'The draft is not in a state in which this can be done',
    says: 'A draft is changed, submitted, approved and published in this order; "detail" says where this one is.',
    solve: 'Do first what "detail" says.',
  },
  CENR_DRAFT_UNCHANGED: {
    status: 409,
    title: 'The draft changes nothing',
    says: 'The files of the draft are those of the version that it was made from.',
    solve: 'Change a file, or delete the draft.',
  },
  CENR_DRAFT_APPROVED_ALREADY: {
    status: 409,
    title: 'The same person has approved the draft already',
    says: 'Every person approves a draft once; keys with one name are one person’s.',
    solve: 'Publish the draft, or have another person approve it where two are required.',
  },
  CENR_CHECK_MISSING: {
    status: 409,
    title: 'The files of the draft were not checked as they are now',
    says: 'A draft is approved and published only with a check of the very files it has.',
    solve: 'Check the draft, and then do this again.',
  },
  CENR_CHECK_FAILED: {
    status: 409,
    title: 'The check of the draft found errors',
    says: 'A draft is approved and published only when its check finds no error.',
    solve: 'Check the draft to see the errors with their places, correct them, and check again.',
  },
  CENR_EXAMPLES_FAIL: {
    status: 409,
    title: 'Worked examples of the draft come out otherwise than expected',
    says: 'A draft is approved and published only when all its worked examples come out.',
    solve: 'Check the draft to see which do not, correct the rules or the examples, and check again.',
  },
  CENR_APPROVALS_MISSING: {
    status: 409,
    title: 'The draft is not approved',
    says: 'A draft is published only when as many people have approved it as the service requires, its author not counted.',
    solve: 'Submit the draft, and have somebody else approve it.',
  },
  CENR_IMPACT_NOT_SEEN: {
    status: 409,
    title: 'Nobody has looked at what the draft changes',
    says: 'A draft is published only when somebody read an impact report of its files, against the version that they are to replace.',
    solve: 'Ask for an impact report, and read it when it is complete.',
  },
  CENR_IMPACT_NOT_COMPLETE: {
    status: 409,
    title: 'The impact report is not complete',
    says: 'The list of changes exists only once the status of the impact report is Complete.',
    solve: 'Ask for the impact report until its status is Complete; if it is Failed or Cancelled, request a new one.',
  },
  CENR_RULEBOOK_UNUSABLE: {
    status: 409,
    title: 'The rulebook cannot be loaded',
    says: 'The files cannot be used as a rulebook; "errors" says why. Nothing was published, and what was in force stays.',
    solve: 'Correct what "errors" names; the check of a draft says the same.',
  },
  CENR_ANOTHER_TO_COME: {
    status: 409,
    title: 'Another version is to take force later',
    says: 'What takes force later was compared with what is in force until then, and would undo the change unseen.',
    solve: 'Withdraw what is to take force later, or publish for a later moment.',
  },
  CENR_IN_FORCE_ALREADY: {
    status: 409,
    title: 'The version is in force already',
    says: 'The files are those that are in force at that moment anyway.',
    solve: 'Nothing has to be done.',
  },
  CENR_NEVER_IN_FORCE: {
    status: 409,
    title: 'The version was never in force',
    says: 'Only a version that was in force is restored: nobody approved the others.',
    solve: 'Make a draft from the version, and have it approved.',
  },
  CENR_ENTRY_NOT_TO_COME: {
    status: 409,
    title: 'The version is not to take force later',
    says: 'Only what has not begun is withdrawn, and only once.',
    solve: 'Restore a former version instead, if this one is in force.',
  },
  CENR_RULES_FROM_FOLDER: {
    status: 409,
    title: 'The service takes its rules from a folder',
    says: 'The service was started with a folder of rules (--rules); its files are the truth, and nothing is published over them.',
    solve: 'Change the files of the folder, or have the service started without --rules.',
  },
  CENR_EXTRACT_FILE_GONE: {
    status: 410,
    title: 'The file of the extract is no longer there',
    says: 'The extract was completed, but its file has been removed from the disk since.',
    solve: 'Request the extract again.',
  },
  CENR_INPUTS_GONE: {
    status: 410,
    title: 'What the extract was made from is no longer kept',
    says: 'The records as they were when the extract was made, or the rulebook it was made with, have been deleted since; "detail" says what is gone and when.',
    solve:
      'Request the extract again, and ask about the new one; the manifest of the old one says which files and rules to bring back.',
  },
  CENR_IMPACT_GONE: {
    status: 410,
    title: 'The files of the impact report are no longer there',
    says: 'The impact report was completed, but its files have been removed from the disk since.',
    solve: 'Ask for another impact report.',
  },
  // What was sent.
  CENR_DRAFT_CHANGED: {
    status: 412,
    title: 'The draft was changed meanwhile',
    says: 'If-Match names another state of the draft than it has now; the ETag header of this answer names the present one.',
    solve: 'Read the draft again, see what was changed, and send the request with its ETag.',
  },
  CENR_BODY_TOO_LARGE: {
    status: 413,
    title: 'The body is too large',
    says: 'The body, a line of it, or what it unpacks to, is larger than this service accepts; "detail" says how much that is.',
    solve: 'Send it in several requests, or ask the operator to raise the limit.',
  },
  CENR_MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    title: 'The media type of the body is not accepted here',
    says: 'The Content-Type or Content-Encoding of the body is none that this request takes.',
    solve: 'Use one of the media types that the API document names for this request.',
  },
  CENR_UPLOAD_UNREADABLE: {
    status: 422,
    title: 'The upload cannot be read',
    says: 'A file is damaged or is not a text of caret-delimited lines; nothing of the upload was stored.',
    solve: 'Check the file that "detail" names, and send the upload again.',
  },
  CENR_RECORDS_REJECTED: {
    status: 422,
    title: 'Records of the student were rejected',
    says: 'At least one record fails a check of severity "reject"; "errors" has them all, with pointers into the request.',
    solve: 'Correct the records as "errors" says.',
  },
  CENR_SEVERAL_STUDENTS: {
    status: 422,
    title: 'The records belong to more than one student',
    says: 'One evaluation is about one student, but the records name more than one SSID.',
    solve: 'Send one request a student, or application/x-ndjson with one line a student.',
  },
  CENR_IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    says: 'This key has already been sent with a different request.',
    solve: 'Make a new Idempotency-Key for every new request.',
  },
  CENR_CHECK_GAVE_UP: {
    status: 422,
    title: 'The check took more time or memory than it may',
    says: 'The files cannot be checked within the limits of this service, so nothing was recorded; what is in force is not affected.',
    solve: 'Take back what was changed last, and change it in smaller steps.',
  },
  CENR_IF_MATCH_REQUIRED: {
    status: 428,
    title: 'The request does not say which state of the draft it is about',
    says: 'There is no If-Match header with the ETag of the draft, so a change of somebody else could be lost, or something be approved that nobody saw.',
    solve: 'Read the draft, and send its ETag in the If-Match header.',
  },
  CENR_RATE_LIMITED: {
    status: 429,
    title: 'Too many requests',
    says: 'The key, or the address for requests without one, has used up its requests for this minute.',
    solve: 'Wait as many seconds as the Retry-After header says.',
  },
  CENR_HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The headers are too large',
    says: 'The headers of the request are larger than this service reads.',
    solve: 'Send fewer or shorter headers.',
  },
  // This side.
  CENR_INTERNAL: {
    status: 500,
    title: 'Something went wrong in the service',
    says: 'The request failed for a reason that is not yours to solve.',
    solve: 'Try again later; if it stays, give the operator the "requestId", under which the log has the cause.',
  },
  CENR_STORE_BUSY: {
    status: 503,
    title: 'Other uploads are being loaded',
    says: 'Uploads are loaded one after the other, and too many are waiting, or another program is loading into this store.',
    solve: 'Send the upload again after as many seconds as the Retry-After header says.',
  },
  CENR_CHECKS_BUSY: {
    status: 503,
    title: 'Other drafts are being checked',
    says: 'Drafts are checked one after the other, and too many are waiting.',
    solve: 'Send the request again after as many seconds as the Retry-After header says.',
  },
  CENR_ACCESS_LOG_UNAVAILABLE: {
    status: 503,
    title: 'The access log cannot be written',
    says: 'Every request is entered in the access log before it is answered, and this one could not be; what it asked for may have been done, but is not shown.',
    solve:
      'Send the request again after as many seconds as the Retry-After header says; the operator finds the cause in the log.',
  },
  CENR_NOT_READY: {
    status: 503,
    title: 'The service is not ready',
    says: 'The service is stopping, or its store cannot be read or its access log not be written.',
    solve: 'Try again after as many seconds as the Retry-After header says.',
  },
} as const satisfies Record<string, CatalogueEntry>;

/** Codes that were once in use. They must never come back with another meaning. */
export const RETIRED: readonly string[] = [];

export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as readonly ErrorCode[];

/** One thing that is wrong: where (one of pointer, parameter and header) and what. */
export interface ErrorItem {
  /** JSON pointer into the body. */
  readonly pointer?: string;
  /** Name of a query parameter. */
  readonly parameter?: string;
  readonly header?: string;
  readonly message: string;
  /** The code of the check, for records. */
  readonly code?: string;
  readonly field?: string;
  readonly fieldName?: string;
}

/** A refusal by catalogue code. Thrown by handlers and plugins; plugins/problem-details.ts makes the answer of it. */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly errors: readonly ErrorItem[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param more detail: a sentence on this very case; errors: what is wrong, item by item; headers: to be sent with the
   * answer
   */
  constructor(
    code: ErrorCode,
    more: {
      readonly detail?: string;
      readonly errors?: readonly ErrorItem[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(code);
    this.name = 'ServiceError';
    this.code = code;
    this.detail = more.detail;
    this.errors = more.errors;
    this.headers = more.headers ?? {};
  }

  /** The same refusal with more headers. */
  with(headers: Readonly<Record<string, string>>): ServiceError {
    const { detail, errors } = this;
    return new ServiceError(this.code, {
      ...(detail !== undefined && { detail }),
      ...(errors && { errors }),
      headers: { ...this.headers, ...headers },
    });
  }
}

export const MOST_ITEMS = 50;

/** A refusal as RFC 9457 problem details. */
export function problemDetails(error: ServiceError, requestId?: string): Record<string, unknown> {
  const { status, title, says, solve } = ERRORS[error.code];
  const { errors } = error;
  return {
    type: `/errors/${error.code}`,
    title,
    status,
    detail: error.detail ?? says,
    code: error.code,
    solve,
    ...(requestId !== undefined && { requestId }),
    ...(errors && { errors: errors.slice(0, MOST_ITEMS) }),
    ...(errors && errors.length > MOST_ITEMS && { moreErrors: errors.length - MOST_ITEMS }),
  };
}
