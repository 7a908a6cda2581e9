/** An error of one part of a request, such as one item; the other parts are answered. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** An error that ends the whole request with HTTP 500 and a SOAP fault. */
export class Fault extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** Content of MessageXml. */
    readonly details = "",
  ) {
    super(message);
  }
}

export const notFound = () => new Refusal("ErrorItemNotFound", "The specified object was not found in the store.");
export const malformedId = () => new Refusal("ErrorInvalidIdMalformed", "Id is malformed.");
export const accessDenied = () =>
  new Refusal("ErrorAccessDenied", "Access is denied. Check credentials and try again.");
export const noMailbox = () =>
  new Refusal("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.");
export const noMailboxOfCaller = () =>
  new Refusal(
    "ErrorMissingEmailAddress",
    "When making a request as an account that does not have a mailbox, you must specify the mailbox primary SMTP address for any distinguished folder Ids.",
  );
export const quotaExceeded = () =>
  new Refusal("ErrorQuotaExceeded", "The message store has reached its quota, and the operation was refused.");
