import type { Finding } from "../compatibility/finding";
import type { Problem } from "../model/parse";
import type { PlainObject } from "../model/plain";

/** Result of checking one resource's inputs. Unknown leaves stand in `inputs` as {@link Unknown}. */
export interface CheckOutcome {
  inputs: PlainObject;
  problems: Problem[];
  findings: Finding[];
}

/** What an operation left behind. `failures` keeps the resource and fails the operation. */
export interface Applied {
  /** Where the record that was taken over has another id than {@link ResourceHandler.id} proposed. */
  id?: string;
  outputs: PlainObject;
  failures: string[];
}

/** One resource as plain functions: nothing in here knows of sentinels, of `__provider` or of gRPC. */
export interface ResourceHandler {
  /** Names of the checked inputs; everything else in the outputs is computed. */
  inputKeys: readonly string[];
  /** Version of the shape of the outputs; a state of an older one is updated. */
  schemaVersion: number;
  /**
   * Pure, no I/O: runs in every preview, one resource at a time.
   *
   * @param secrets dotted paths of inputs that no message may name
   */
  check(olds: PlainObject, news: PlainObject, secrets?: ReadonlySet<string>): CheckOutcome;
  /**
   * Findings that this resource has only together with those checked before it in the same operation.
   *
   * @param identity the resource's URN in the program; the engine checks a resource twice where it is replaced
   */
  checkTogether?(inputs: PlainObject, identity: unknown, secrets?: ReadonlySet<string>): Finding[];
  /** Inputs that cannot change in place. */
  replaces(olds: PlainObject, news: PlainObject): string[];
  /** True where the last Test & Enable left something to be done again. */
  isUnhealthy(outputs: PlainObject): boolean;
  id(inputs: PlainObject): string;
  create(id: string, inputs: PlainObject): Promise<Applied>;
  update(id: string, olds: PlainObject, news: PlainObject): Promise<Applied>;
  read(id: string, outputs: PlainObject): Promise<PlainObject | undefined>;
  delete(id: string, outputs: PlainObject): Promise<void>;
}
