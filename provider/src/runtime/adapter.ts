import { describeFinding, isBlocking, type Finding } from "../compatibility/finding";
import { describeProblem } from "../model/parse";
import { isPlainObject, sameValue, type PlainObject } from "../model/plain";
import { log, maskInLog } from "../transport/log";
import { createRedactor, type Redactor } from "../transport/redaction";
import { stashConfig } from "./config";
import { InitializationFailure, providerKey, tame } from "./failures";
import type { Applied, CheckOutcome, ResourceHandler } from "./handler";
import { secretPathsIn, secretPlacesIn, secretsIn } from "./secretsIn";
import { decodeUnknowns, encodeUnknowns } from "./sentinels";
import { hasNewError, storedFindings } from "./storedFindings";
import { toWire } from "./wire";

/** What the dynamic provider host calls. Everything that the engine does differently from a function call lives here. */
export interface DynamicProvider {
  configure(request: { config: { get(key: string): string | undefined } }): Promise<void>;
  check(olds: PlainObject, news: PlainObject): Promise<{ inputs: PlainObject; failures: Failure[] }>;
  diff(id: string, olds: PlainObject, news: PlainObject): Promise<Difference>;
  create(inputs: PlainObject): Promise<{ id: string; outs: PlainObject }>;
  read(id: string, props: PlainObject): Promise<{ id: string; props: PlainObject; inputs?: PlainObject }>;
  update(id: string, olds: PlainObject, news: PlainObject): Promise<{ outs: PlainObject }>;
  delete(id: string, props: PlainObject): Promise<void>;
}
interface Failure {
  property: string;
  reason: string;
}
interface Difference {
  changes?: boolean;
  replaces?: string[];
  deleteBeforeReplace?: boolean;
}

/** Wraps a handler for the dynamic provider host: sentinels, wire form, tamed errors, partial failures. */
export function adapt(handler: ResourceHandler): DynamicProvider {
  return {
    configure: ({ config }) => {
      stashConfig(config);
      return Promise.resolve();
    },
    check: (olds, news) => guarded([news], () => check(handler, olds, news)),
    diff: (_id, olds, news) => guarded([olds, news], () => diff(handler, olds, news)),
    create: (inputs) =>
      logged("create", inputs, async () => {
        const declared = withoutProvider(inputs);
        const proposed = handler.id(declared);
        const applied = await handler.create(proposed, declared);
        const id = applied.id ?? proposed;
        return { id, outs: settle(handler, id, inputs, applied) };
      }),
    read: (id, props) => guarded([props], () => read(handler, id, props)),
    update: (id, olds, news) =>
      logged("update", news, async () => {
        const applied = await handler.update(id, withoutProvider(olds), withoutProvider(news));
        const outputs = withoutMovedSecrets(handler, applied.outputs, olds, news);
        return { outs: settle(handler, id, news, { ...applied, outputs }, [olds]) };
      }),
    delete: (id, props) => logged("delete", props, () => handler.delete(id, withoutProvider(props))),
  };
}

/** Tells on stderr what is done to which resource, for those who ask for it. */
function logged<T>(method: string, inputs: PlainObject, operation: () => Promise<T>): Promise<T> {
  const name = typeof inputs.identity === "string" ? inputs.identity.split("::").at(-1) : undefined;
  const subject = `${method} ${name ?? "a resource"}`;
  const start = performance.now();
  if (secretPathsIn(inputs).length > 0) maskInLog(secretsIn(inputs));
  log("info", subject, "started");
  return guarded([inputs], operation).finally(() => {
    log("info", subject, `ended after ${Math.round(performance.now() - start)} ms`);
  });
}

/** Nothing foreign leaves: the host hangs on a thrown non-Error and misreads errors with an `id` or a numeric `code`. */
async function guarded<T>(bags: readonly PlainObject[], operation: () => T | Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (thrown) {
    throw tame(thrown, createRedactor(bags.flatMap(secretsIn)));
  }
}

function check(
  handler: ResourceHandler,
  olds: PlainObject,
  news: PlainObject,
): { inputs: PlainObject; failures: Failure[] } {
  // With ignoreChanges the engine puts in checked inputs for declared ones, what check itself has added among them.
  const { dryRun, secretPaths, findings: _findings, problems: _problems, ...declared } = withoutProvider(news);
  const secrets = new Set(secretPathsIn(news));
  const outcome = handler.check(
    decodeUnknowns(withoutProvider(olds)) as PlainObject,
    decodeUnknowns(declared) as PlainObject,
    secrets,
  );
  const preview = dryRun === true;
  return {
    inputs: encodeUnknowns({
      ...outcome.inputs,
      findings: storedFindings(outcome.findings, preview),
      problems: preview ? problemTexts(outcome) : null,
      secretPaths: secretPaths ?? null,
    }) as PlainObject,
    // In a preview the program lists everything on every resource and then fails; here the engine would stop at the first.
    failures: preview ? [] : failuresOf(outcome, together(handler, outcome, declared.identity, secrets)),
  };
}

/** What is no valid declaration is not compared with others. */
function together(
  handler: ResourceHandler,
  { inputs, problems }: CheckOutcome,
  identity: unknown,
  secrets: ReadonlySet<string>,
): Finding[] {
  return problems.length > 0 ? [] : (handler.checkTogether?.(inputs, identity, secrets) ?? []);
}

function problemTexts({ problems }: CheckOutcome): string[] | null {
  return problems.length === 0 ? null : problems.map((problem) => `invalid-arguments: ${describeProblem(problem)}`);
}

/** `property` stays empty: the engine prints the raw value of a named property, secrets included. */
function failuresOf(outcome: CheckOutcome, acrossStack: readonly Finding[]): Failure[] {
  const blocking = [...outcome.findings, ...acrossStack].filter(isBlocking);
  return [...(problemTexts(outcome) ?? []), ...blocking.map(describeFinding)].map((reason) => ({
    property: "",
    reason,
  }));
}

function diff(handler: ResourceHandler, olds: PlainObject, news: PlainObject): Difference {
  const before = withoutProvider(olds);
  const after = decodeUnknowns(withoutProvider(news)) as PlainObject;
  const replaces = handler.replaces(before, after);
  if (replaces.length > 0) return { replaces, deleteBeforeReplace: true };
  if (before.schemaVersion !== handler.schemaVersion || handler.isUnhealthy(before)) return { changes: true };
  if (hasNewError(before.findings, after.findings)) return { changes: true };
  const same = handler.inputKeys.every((key) => sameValue(before[key], after[key]));
  // Left undefined, the engine compares inputs itself: it shows the changed lines and honours replaceOnChanges.
  return same ? { changes: false } : {};
}

/** @param earlier other bags whose secrets are not to be told */
function settle(
  handler: ResourceHandler,
  id: string,
  inputs: PlainObject,
  applied: Applied,
  earlier: readonly PlainObject[] = [],
): PlainObject {
  const { outputs, failures } = withoutSecrets(handler, [inputs, ...earlier], applied);
  const outs = toWire({ ...withoutProvider(inputs), ...outputs, schemaVersion: handler.schemaVersion });
  if (failures.length === 0) return outs;
  // The host adds `__provider` to successes only; without it the next refresh or destroy cannot load this provider.
  throw new InitializationFailure(id, { ...outs, [providerKey]: inputs[providerKey] }, failures);
}

/**
 * An update that puts old inputs back puts none that is secret where the new inputs have nothing secret: the engine
 * knows secrets by their place there, and would store it in clear.
 */
function withoutMovedSecrets(
  handler: ResourceHandler,
  outputs: PlainObject,
  olds: PlainObject,
  news: PlainObject,
): PlainObject {
  const before = secretPlacesIn(olds);
  const now = new Set(secretPlacesIn(news));
  const isMoved = (key: string) =>
    handler.inputKeys.includes(key) &&
    before.some((path) => (path === key || path.startsWith(`${key}.`)) && !now.has(path));
  return Object.fromEntries(
    Object.entries(outputs).filter(([key, value]) => !isMoved(key) || sameValue(value, news[key])),
  );
}

/** What tests found names hosts and users; what the program keeps secret is masked in it. Mirrored inputs stay as they are. */
function withoutSecrets(handler: ResourceHandler, bags: readonly PlainObject[], applied: Applied): Applied {
  if (bags.flatMap(secretPathsIn).length === 0) return applied;
  const redact = createRedactor(bags.flatMap(secretsIn));
  const outputs = Object.entries(applied.outputs).map(([key, value]): [string, unknown] => [
    key,
    handler.inputKeys.includes(key) ? value : redacted(value, redact),
  ]);
  // A failure begins with its code, which is no text of a mail server.
  const failures = applied.failures.map((line) => line.replace(/(?<=^[\w-]+: ).*/s, redact));
  return { outputs: Object.fromEntries(outputs), failures };
}

const codes: readonly string[] = ["test", "status", "code"];

function redacted(value: unknown, redact: Redactor): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((entry) => redacted(entry, redact));
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, codes.includes(key) ? entry : redacted(entry, redact)]),
  );
}

async function read(
  handler: ResourceHandler,
  id: string,
  props: PlainObject,
): Promise<{ id: string; props: PlainObject; inputs?: PlainObject }> {
  const read = await handler.read(id, withoutProvider(props));
  if (read === undefined) return { id: "", props: {} };
  const { outputs } = withoutSecrets(handler, [props], { outputs: read, failures: [] });
  const inputs = Object.fromEntries(
    [...handler.inputKeys, "findings", "problems", "secretPaths"].map((key) => [key, outputs[key] ?? null]),
  );
  return { id, props: toWire(outputs), inputs: toWire(inputs) };
}

function withoutProvider(bag: PlainObject): PlainObject {
  if (!isPlainObject(bag)) return {};
  const { [providerKey]: _provider, ...rest } = bag;
  return rest;
}
