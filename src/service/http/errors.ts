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
  /** How to fix it, in a sentence or two. */
  readonly fix: string;
}

export const ERRORS = {
  // The request as such.
  CENR_REQUEST_INVALID: {
    status: 400,
    title: 'The request does not have the expected form',
    says: 'A key, parameter or header is unknown, missing or has a value that is not allowed; "errors" names it.',
    fix: 'Correct what "errors" names; /docs shows the form of every request.',
  },
  CENR_JSON_INVALID: {
    status: 400,
    title: 'The body is not JSON',
    says: 'The Content-Type says JSON, but the body is empty or is not JSON.',
    fix: 'Send one complete JSON value in UTF-8.',
  },
  CENR_HTTP_INVALID: {
    status: 400,
    title: 'The request is not valid HTTP',
    says: 'The service cannot read the request line, a header or the end of the body.',
    fix: 'Check the address, the Content-Length and, for multipart, the boundary. Then send the request again.',
  },
  CENR_UPLOAD_EMPTY: {
    status: 400,
    title: 'The upload is empty',
    says: 'No file was sent, or the file has no bytes.',
    fix: 'Send the file as the body (curl --data-binary @FILE), or files as parts of multipart/form-data.',
  },
  // Who is asking.
  CENR_KEY_REQUIRED: {
    status: 401,
    title: 'An API key is required',
    says: 'The request has no Authorization header of the form "Bearer cenr_…".',
    fix: 'Send the header "Authorization: Bearer KEY"; "npx cenr key add" makes a key.',
  },
  CENR_KEY_UNKNOWN: {
    status: 401,
    title: 'The API key is unknown',
    says: 'This service does not know the key, or the key was revoked.',
    fix: 'Check that you copied the whole key, or ask the operator for a new one.',
  },
  CENR_ROLE_MISSING: {
    status: 403,
    title: "The key's role does not allow this",
    says: 'The role of this key may not make this request.',
    fix: 'Use a key with one of the roles that the API document names for this request.',
  },
  CENR_ALL_LEAS_MISSING: {
    status: 403,
    title: 'The key may not see all LEAs',
    says: 'The request asks for "all", but the key is bound to certain LEAs.',
    fix: 'Name the LEAs, or use a key that is bound to all LEAs.',
  },
  CENR_DRAFT_NOT_YOURS: {
    status: 403,
    title: 'Only the author of a draft can do this',
    says: 'Only the author can change or submit a draft, so that somebody else approves it.',
    fix: 'Ask the author, or make your own draft.',
  },
  CENR_DRAFT_YOURS: {
    status: 403,
    title: 'You cannot approve your own draft',
    says: 'You wrote this draft. Keys with the same name belong to the same person.',
    fix: 'Ask somebody else to approve it.',
  },
  // What is asked for.
  CENR_NOT_FOUND: {
    status: 404,
    title: 'Not found, or not visible to this key',
    says: 'The upload, extract or LEA does not exist, or it belongs to an LEA that this key may not see. The answer is the same for both.',
    fix: 'Check the id or LEA code, and the LEAs that the key is bound to.',
  },
  CENR_ROUTE_UNKNOWN: {
    status: 404,
    title: 'This address does not exist',
    says: 'This service does not have this path.',
    fix: 'See /docs for the paths of this service.',
  },
  CENR_METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'This path does not allow the method',
    says: 'The path exists, but not with this method. The Allow header lists the methods that it allows.',
    fix: 'Use one of the methods in the Allow header.',
  },
  CENR_NOT_ACCEPTABLE: {
    status: 406,
    title: 'The service cannot send the requested media type',
    says: 'The Accept header names no media type in which the service can send this.',
    fix: 'Ask for one of the media types that "detail" lists.',
  },
  CENR_TIMEOUT: {
    status: 408,
    title: 'The request took too long to arrive',
    says: 'The service received only part of the request in the time that it waits.',
    fix: 'Send it again. Compress large files with gzip.',
  },
  CENR_EXTRACT_NOT_COMPLETE: {
    status: 409,
    title: 'The extract is not complete',
    says: 'The file exists only when the status of the extract is Complete.',
    fix: 'Ask for the extract until its status is Complete; if it is Failed, request a new one.',
  },
  CENR_RECONCILIATION_NOT_COMPLETE: {
    status: 409,
    title: 'The reconciliation is not complete',
    says: 'What was found exists only when the status of the reconciliation is Complete.',
    fix: 'Ask for the reconciliation until its status is Complete; if it is Failed or Cancelled, send the file again.',
  },
  CENR_MATCH_NOT_COMPLETE: {
    status: 409,
    title: 'The match is not complete',
    says: 'Candidates exist only when the status of the match is Complete.',
    fix: 'Ask for the match until its status is Complete; if it is Failed or Cancelled, send the file again.',
  },
  CENR_SSID_CONFLICT: {
    status: 409,
    title: 'The SSID cannot be retired or restored',
    says: 'A number is retired already, two would replace each other in a circle, or records came in since; "detail" says which. Nothing was done.',
    fix: 'Look at the list of replacements, and send what fits the numbers as they are now.',
  },
  CENR_IDEMPOTENCY_BUSY: {
    status: 409,
    title: 'The first request with this Idempotency-Key is still running',
    says: 'A request with the same Idempotency-Key has not been answered yet.',
    fix: 'Wait, then send the same request again. It will get the same answer.',
  },
  // Drafts and versions of the rulebook.
  CENR_DRAFT_STATE: {
    status: 409,
    title: "The draft's state does not allow this",
    says: 'A draft is changed, submitted, approved and published, in this order. "detail" gives its state.',
    fix: 'First do what "detail" says.',
  },
  CENR_DRAFT_UNCHANGED: {
    status: 409,
    title: 'The draft changes nothing',
    says: 'The files of the draft are the same as in the version that it was made from.',
    fix: 'Change a file, or delete the draft.',
  },
  CENR_DRAFT_NOT_REBASED: {
    status: 409,
    title: 'The draft was made from an older version',
    says: 'Another version took effect since, or will before the draft does. Published as it is, the draft would undo what that version changed.',
    fix: 'Rebase the draft, which puts its changes on top of that version; then check it, and have it read and approved.',
  },
  CENR_MERGE_CONFLICT: {
    status: 409,
    title: 'Both changed the same place',
    says: 'The draft and the version that it is rebased onto changed the same place of a file. Nothing was done; "errors" names each place.',
    fix: 'Say in "choices" whose text stays in each of these files, and rebase again. Then change the files as they are to be.',
  },
  CENR_DRAFT_APPROVED_ALREADY: {
    status: 409,
    title: 'You have already approved this draft',
    says: 'A person can approve a draft only once. Keys with the same name belong to the same person.',
    fix: 'Publish the draft. If it needs two approvals, ask another person to approve it.',
  },
  CENR_CHECK_MISSING: {
    status: 409,
    title: 'The current files of the draft have not been checked',
    says: 'A draft can be approved and published only after a check of its current files.',
    fix: 'Check the draft, then try again.',
  },
  CENR_CHECK_FAILED: {
    status: 409,
    title: 'The check of the draft found errors',
    says: 'A draft can be approved and published only if its check finds no errors.',
    fix: 'Check the draft to see where the errors are, correct them, and check it again.',
  },
  CENR_EXAMPLES_FAIL: {
    status: 409,
    title: 'Worked examples of the draft fail',
    says: 'A draft can be approved and published only if all its worked examples pass.',
    fix: 'Check the draft to see which examples fail, correct the rules or the examples, and check it again.',
  },
  CENR_APPROVALS_MISSING: {
    status: 409,
    title: 'The draft is not approved',
    says: 'A draft can be published only after enough people have approved it. The author does not count.',
    fix: 'Submit the draft, and ask somebody else to approve it.',
  },
  CENR_IMPACT_NOT_SEEN: {
    status: 409,
    title: 'You have not read what the draft changes',
    says: 'Whoever approves a draft must have read an impact report on its current files that covers the newest academic year with rows.',
    fix: 'Request an impact report for that whole year, and read it when it is complete.',
  },
  CENR_IMPACT_NOT_COMPLETE: {
    status: 409,
    title: 'The impact report is not complete',
    says: 'The list of changes exists only when the status of the impact report is Complete.',
    fix: 'Ask for the impact report until its status is Complete; if it is Failed or Cancelled, request a new one.',
  },
  CENR_RULEBOOK_UNUSABLE: {
    status: 409,
    title: 'The rulebook cannot be loaded',
    says: 'The files cannot be used as a rulebook; "errors" says why. Nothing was published, and the version in effect stays in effect.',
    fix: 'Correct what "errors" names. The check of a draft reports the same errors.',
  },
  CENR_ANOTHER_TO_COME: {
    status: 409,
    title: 'Another version is scheduled',
    says: 'Another scheduled version was made from this one, and would be held back without it.',
    fix: 'First cancel the version that "detail" names.',
  },
  CENR_RESTORE_YOURS: {
    status: 403,
    title: 'You restored this version',
    says: 'What one person restores, another confirms. Keys with the same name belong to the same person.',
    fix: 'Ask somebody else to confirm it.',
  },
  CENR_CONFIRMED_ALREADY: {
    status: 409,
    title: 'The restored version is already confirmed',
    says: 'One other person confirms that a version was to be restored, once.',
    fix: 'No action needed.',
  },
  CENR_IN_FORCE_ALREADY: {
    status: 409,
    title: 'The version is already in effect',
    says: 'These files are already in effect at that time.',
    fix: 'No action needed.',
  },
  CENR_NEVER_IN_FORCE: {
    status: 409,
    title: 'The version was never in effect',
    says: 'Only a version that was in effect can be restored. Nobody has approved the others.',
    fix: 'Make a draft from the version, and ask somebody to approve it.',
  },
  CENR_ENTRY_NOT_TO_COME: {
    status: 409,
    title: 'The version is not scheduled',
    says: 'An activation can be canceled only before it takes effect, and only once.',
    fix: 'If this version is in effect, restore an earlier version instead.',
  },
  CENR_RULES_FROM_FOLDER: {
    status: 409,
    title: 'The service reads its rules from a folder',
    says: 'The service was started with a folder of rules (--rules). It uses those files, so nothing can be published.',
    fix: 'Change the files in the folder, or ask the operator to start the service without --rules.',
  },
  CENR_UPLOAD_LOADED: {
    status: 409,
    title: 'The upload is already loaded',
    says: 'An upload can be cancelled only before it is loaded.',
    fix: 'To remove its records, send deletions (transaction type D).',
  },
  CENR_EXTRACT_CANCELLED: {
    status: 410,
    title: 'The extract was cancelled',
    says: 'Somebody cancelled the extract, so it has no file; "detail" says when.',
    fix: 'Request the extract again.',
  },
  CENR_EXTRACT_FILE_CHANGED: {
    status: 410,
    title: 'The file of the extract is not the one that was made',
    says: 'The file was changed or damaged on the disk after it was made: its SHA-256 is not that of the manifest. It is not sent.',
    fix: 'Request the extract again, and tell the operator.',
  },
  CENR_EXTRACT_FILE_GONE: {
    status: 410,
    title: 'The file of the extract no longer exists',
    says: 'The extract was complete, but its file has since been removed from the disk.',
    fix: 'Request the extract again.',
  },
  CENR_RECONCILIATION_GONE: {
    status: 410,
    title: 'What was found is gone',
    says: 'Somebody removed the reconciliation, or its files are no longer on the disk.',
    fix: 'Send the file of the state again.',
  },
  CENR_MATCH_GONE: {
    status: 410,
    title: 'What was found is gone',
    says: 'Somebody removed the match, or its files are no longer on the disk.',
    fix: 'Send the file of requests again.',
  },
  CENR_INPUTS_GONE: {
    status: 410,
    title: 'The records or rules of the extract are no longer kept',
    says: 'The records from which the extract was made, or its rulebook, have since been deleted; "detail" says what was deleted and when.',
    fix: 'Request the extract again, and ask about the new one. The manifest of the old one names the files and rules to restore.',
  },
  CENR_IMPACT_GONE: {
    status: 410,
    title: 'The files of the impact report no longer exist',
    says: 'The impact report was complete, but its files have since been removed from the disk.',
    fix: 'Request another impact report.',
  },
  // What was sent.
  CENR_DRAFT_CHANGED: {
    status: 412,
    title: 'The draft has changed',
    says: 'If-Match names an earlier revision of the draft. The ETag header of this answer names the current one.',
    fix: 'Read the draft again to see what has changed, then send the request with its current ETag.',
  },
  CENR_BODY_TOO_LARGE: {
    status: 413,
    title: 'The body is too large',
    says: 'The body, one of its lines, or its decompressed content is larger than this service accepts; "detail" gives the limit.',
    fix: 'Split it into several requests, or ask the operator to raise the limit.',
  },
  CENR_MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    title: 'This request does not accept the media type of the body',
    says: 'This request does not accept the Content-Type or Content-Encoding of the body.',
    fix: 'Use one of the media types that the API document names for this request.',
  },
  CENR_RANGE_UNSATISFIABLE: {
    status: 416,
    title: 'The file does not have this part',
    says: 'The Range header names bytes behind the end of the file; the Content-Range header has its size.',
    fix: 'Ask for a part within the file, or leave out the Range header.',
  },
  CENR_UPLOAD_UNREADABLE: {
    status: 422,
    title: 'The upload cannot be read',
    says: 'A file or body is damaged, such as a gzip file that was cut short. Nothing in it was stored.',
    fix: 'Check what "detail" names, and send it again.',
  },
  CENR_NOT_A_CENR_FILE: {
    status: 422,
    title: 'The file is no CENR file',
    says: 'The file is of another kind, or none of its lines is a row of a Cumulative Enrollment Extract; "detail" says what was found, and where.',
    fix: 'Send the CENR file as CALPADS gave it: text with carets, CSV or a workbook, with or without the names of the columns.',
  },
  CENR_NOT_REQUESTS: {
    status: 422,
    title: 'A line is no request for an SSID',
    says: 'The file has a line with an SSID, of another record type or with a fault; "errors" names the first of them. Nothing was done.',
    fix: 'Send enrollments (SENR) alone, all with a blank SSID, without faults.',
  },
  CENR_SSID_REFUSED: {
    status: 422,
    title: 'A number or a choice cannot be used',
    says: 'A choice names no request, no candidate, or a retired number; or a number is no student of yours. "detail" says which, and where. Nothing was done.',
    fix: 'Correct what "detail" names, and send everything again.',
  },
  CENR_NOT_A_CARET_FILE: {
    status: 422,
    title: 'A file is not a caret-delimited file',
    says: 'A file is of another kind: a workbook, an archive, UTF-16 text, text with commas or tabs between its fields, or text without record types. "detail" names it and says what it looks like. Nothing in the upload was stored.',
    fix: 'Export the records as UTF-8 text with carets (^) between the fields, one record a line. Then send the upload again.',
  },
  CENR_RECORDS_REJECTED: {
    status: 422,
    title: 'Records of the student were rejected',
    says: 'At least one record fails a check of severity "reject"; "errors" lists all problems, with pointers into the request.',
    fix: 'Correct the records that "errors" names.',
  },
  CENR_SEVERAL_STUDENTS: {
    status: 422,
    title: 'The records belong to more than one student',
    says: 'An evaluation covers one student, but the records have more than one SSID.',
    fix: 'Send one request for each student, or application/x-ndjson with one line for each student.',
  },
  CENR_IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'The Idempotency-Key belongs to another request',
    says: 'This key was already sent with a different request.',
    fix: 'Use a new Idempotency-Key for every new request.',
  },
  CENR_CHECK_GAVE_UP: {
    status: 422,
    title: 'The check took too much time or memory',
    says: 'The files cannot be checked within the limits of this service. Nothing was recorded, and the version in effect does not change.',
    fix: 'Undo the last change, and make it in smaller steps.',
  },
  CENR_IF_MATCH_REQUIRED: {
    status: 428,
    title: 'The request does not name a revision of the draft',
    says: 'The request has no If-Match header with the ETag of the draft. Without it, a change by somebody else could be lost, or approved before anybody has read it.',
    fix: 'Read the draft, then send its ETag in the If-Match header.',
  },
  CENR_RATE_LIMITED: {
    status: 429,
    title: 'Too many requests',
    says: 'This key has used all its requests for this minute. Requests without a key are counted by address.',
    fix: 'Wait for the number of seconds in the Retry-After header.',
  },
  CENR_TOO_MANY_WAITING: {
    status: 429,
    title: 'Too much of this key is waiting',
    says: 'Uploads, extracts, impact reports and checks are made one after the other, in turns that go round between keys. As many of one kind wait as one key may have waiting; "detail" gives the number.',
    fix: 'Wait until some are made, or cancel some. Then send the request again.',
  },
  CENR_ONLY_WORKS: {
    status: 421,
    title: 'This process makes jobs and answers no requests',
    says: 'The process was started with the role "work": it answers only /health/live, /health/ready and /metrics.',
    fix: 'Send the request to a process with the role "api" or "both". The operator must take this one out of what the proxy sends requests to.',
  },
  CENR_HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The headers are too large',
    says: 'The headers of the request are larger than this service accepts.',
    fix: 'Send fewer or shorter headers.',
  },
  // This side.
  CENR_INTERNAL: {
    status: 500,
    title: 'Internal error in the service',
    says: 'The service failed; this is not an error in your request.',
    fix: 'Try again later. If it fails again, give the operator the "requestId", which identifies the cause in the log.',
  },
  CENR_STORE_BUSY: {
    status: 503,
    title: 'Another program is loading into the store',
    says: 'Uploads are loaded one at a time, and another program is loading into this store.',
    fix: 'Send the upload again after the number of seconds in the Retry-After header.',
  },
  CENR_STORE_UNAVAILABLE: {
    status: 503,
    title: 'The store does not answer',
    says: 'The database of the store does not answer, or can only be read at the moment. Nothing of this was stored.',
    fix: 'Send the request again after the number of seconds in the Retry-After header. The operator finds the cause in the log.',
  },
  CENR_ACCESS_LOG_UNAVAILABLE: {
    status: 503,
    title: 'The access log cannot be written',
    says: 'The service logs every request before it answers, and could not log this one. It may have done what you asked, but cannot show the result.',
    fix: 'Send the request again after the number of seconds in the Retry-After header. The operator finds the cause in the log.',
  },
  CENR_NOT_READY: {
    status: 503,
    title: 'The service is not ready',
    says: 'The service is stopping, cannot read its store, or cannot write its access log.',
    fix: 'Try again after the number of seconds in the Retry-After header.',
  },
  CENR_DISK_FULL: {
    status: 507,
    title: 'The disk is full',
    says: 'The service has no room to store this. Nothing of it was stored, and what was stored before is still there.',
    fix: 'Send the request again after the number of seconds in the Retry-After header. The operator must make room.',
  },
} as const satisfies Record<string, CatalogueEntry>;

/** Codes that were once in use. They must never come back with another meaning. */
export const RETIRED: readonly string[] = ['CENR_CHECKS_BUSY'];

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

/**
 * An item, or what makes it. Somebody can send a hundred thousand mistakes at once: sentences are made for those that
 * are shown.
 */
export type MadeItem = ErrorItem | (() => ErrorItem);

export const itemOf = (made: MadeItem): ErrorItem => (typeof made === 'function' ? made() : made);

/** A refusal by catalogue code. Thrown by handlers and plugins; plugins/problem-details.ts makes the answer of it. */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly errors: readonly MadeItem[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param more detail: a sentence on this very case; errors: what is wrong, item by item; headers: to be sent with the
   * answer
   */
  constructor(
    code: ErrorCode,
    more: {
      readonly detail?: string;
      readonly errors?: readonly MadeItem[];
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
  const { status, title, says, fix } = ERRORS[error.code];
  const { errors } = error;
  return {
    type: `/errors/${error.code}`,
    title,
    status,
    detail: error.detail ?? says,
    code: error.code,
    fix,
    ...(requestId !== undefined && { requestId }),
    ...(errors && { errors: errors.slice(0, MOST_ITEMS).map(itemOf) }),
    ...(errors && errors.length > MOST_ITEMS && { moreErrors: errors.length - MOST_ITEMS }),
  };
}
