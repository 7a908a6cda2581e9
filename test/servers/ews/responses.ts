import { Refusal } from "./errors";
import { failure, response, success } from "./soap";

/**
 * The answer to an operation on several things: one message each, and a refusal of one is no refusal of the others.
 * `refusedPayload` is what the schema requires in the message of a refusal.
 */
export function answerEach<T>(
  operation: string,
  subjects: readonly T[],
  payloadOf: (subject: T) => string,
  refusedPayload = "",
): string {
  return response(
    operation,
    subjects.map((subject) => {
      try {
        return success(operation, payloadOf(subject));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return failure(operation, error.code, error.message, refusedPayload);
      }
    }),
  );
}
