/** Made from a name (RFC 9562, version 5). */
const ownId = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab]/i;

/** True for the id of a record that this package has made. Dynamics makes others, often without any version at all. */
export function isOwnId(id: string): boolean {
  return ownId.test(id);
}
