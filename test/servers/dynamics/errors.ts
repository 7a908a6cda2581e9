/** A refusal of the Web API: the body is `{"error":{"code","message"}}`. */
export class WebApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** What a query asks for that is not there. Recorded answers carry 0x80060888, or "0x0", or no code at all. */
export function badQuery(message: string): WebApiError {
  return new WebApiError(400, "0x80060888", message);
}

/** A body that does not fit the table; the wording around it is Dynamics', the code the one of today's online version. */
export function badPayload(set: string, message: string): WebApiError {
  return new WebApiError(
    400,
    "0x80048d19",
    `Error identified in Payload provided by the user for Entity :'${set}' ----> InnerException : ${message}`,
  );
}

/** A value that the platform checks after it has read the body. */
export function invalidValue(code: string, message: string): WebApiError {
  return new WebApiError(400, code, `A validation error occurred. ${message}`);
}

export function notFound(table: string, id: string): WebApiError {
  return new WebApiError(404, "0x80040217", `${table} With Id = ${id} Does Not Exist`);
}

/** The If-Match of the request is not the record's version. */
export const versionMismatch = () =>
  new WebApiError(
    412,
    "0x80060882",
    "The version of the existing record doesn't match the RowVersion property provided.",
  );

export const duplicateRecord = () =>
  new WebApiError(412, "0x80040237", "A record with matching key values already exists.");

export const noSuchResource = (segment: string) =>
  new WebApiError(404, "0x8006088a", `Resource not found for the segment '${segment}'.`);

export const methodNotAllowed = (method: string) =>
  new WebApiError(405, "0x8006088a", `The requested resource does not support http method '${method}'.`);
