import { isKnown, type Maybe } from "../model/unknown";

/** True, false, or not decidable from what is known (Kleene's three-valued logic). */
export type Trilean = boolean | undefined;

export function and(...operands: readonly Trilean[]): Trilean {
  if (operands.includes(false)) return false;
  return operands.includes(undefined) ? undefined : true;
}

export function or(...operands: readonly Trilean[]): Trilean {
  if (operands.includes(true)) return true;
  return operands.includes(undefined) ? undefined : false;
}

export function not(operand: Trilean): Trilean {
  return operand === undefined ? undefined : !operand;
}

/** Judges a fact; a fact that is unknown or was never declared decides nothing. */
export function where<T>(fact: Maybe<T> | null | undefined, test: (value: T) => boolean): Trilean {
  return isKnown(fact) ? test(fact) : undefined;
}

/** True where the declared value is `value`. */
export function is<T>(fact: Maybe<T> | null | undefined, value: T): Trilean {
  return where(fact, (present) => present === value);
}
