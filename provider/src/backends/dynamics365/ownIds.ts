import { validate, version } from "uuid";

/** True for the id of a record that this package has made: from a name (RFC 9562, version 5). Dynamics makes others. */
export function isOwnId(id: string): boolean {
  return validate(id) && version(id) === 5;
}
