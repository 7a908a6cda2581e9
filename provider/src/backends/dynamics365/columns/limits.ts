import { ServerSideSyncError } from "../../../errors";
import type { Deployment } from "../../../model/organization";
import type { Column, ColumnTable, ColumnType, ColumnValue, ColumnValues } from "./column";
import { idOf } from "./sameValue";

/** A value that its column does not take. Values are never quoted: they may be secret. */
export interface ColumnProblem {
  column: string;
  /** Reads on from the name of the column. */
  message: string;
}

export interface WriteContext {
  deployment: Deployment;
  operation: "create" | "update";
}

/** What Dynamics would refuse of a write, found before it. */
export function columnProblems(table: ColumnTable, values: ColumnValues, context: WriteContext): ColumnProblem[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
    const message =
      column === undefined
        ? "is no column of this table"
        : (misplaced(column, context) ?? unfit(column, value, context));
    return message === undefined ? [] : [{ column: name, message }];
  });
}

/**
 * Throws where anything of a write does not fit its column.
 *
 * @param propertyOf the name under which a user declared it
 * @throws ServerSideSyncError `value-not-allowed-by-column`
 */
export function assertFits(
  table: ColumnTable,
  values: ColumnValues,
  context: WriteContext,
  propertyOf: (column: string) => string | undefined = () => undefined,
): void {
  const problems = columnProblems(table, values, context);
  if (problems.length === 0) return;
  const told = problems.map(({ column, message }) => {
    const property = propertyOf(column);
    return property === undefined ? `${column} ${message}` : `${property} (${column}) ${message}`;
  });
  throw new ServerSideSyncError({
    code: "value-not-allowed-by-column",
    summary: `The table ${table.logicalName} does not take what would be written: ${told.join("; ")}.`,
    remedy: "Declare a value that the column takes; nothing was written.",
  });
}

/** Whether there is a Picklist column is asked of the organization itself: documents may be older than it. */
function misplaced(column: Column, { deployment, operation }: WriteContext): string | undefined {
  if (column.type !== "option" && column.only !== undefined && column.only !== deployment) {
    return column.only === "online" ? "exists in online organizations only" : "exists on-premises only";
  }
  if (column[operation]) return undefined;
  return operation === "create" ? "cannot be set when a record is created" : "cannot be changed";
}

function unfit(column: Column, value: ColumnValue, { deployment }: WriteContext): string | undefined {
  return value === null ? undefined : checks[column.type](value, column, deployment);
}

type Check = (value: ColumnValue, column: Column, deployment: Deployment) => string | undefined;

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const text: Check = (value, { maximumLength = Infinity, format }) => {
  if (typeof value !== "string") return "takes a text";
  if (value.length > maximumLength) return `takes at most ${maximumLength} characters, not ${value.length}`;
  return format === "guid" && !guid.test(idOf(value) ?? "") ? "takes a GUID" : undefined;
};

const number: Check = (value, { range, onlineRange, unit }, deployment) => {
  const [minimum, maximum] = (deployment === "online" ? onlineRange : undefined) ?? range ?? [-Infinity, Infinity];
  const fits = typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum;
  if (fits) return undefined;
  const limits = Number.isFinite(minimum)
    ? ` from ${minimum} to ${maximum}${unit === undefined ? "" : ` ${unit}`}`
    : "";
  return `takes a whole number${limits}`;
};

const dates: Check = (value) =>
  typeof value === "string" && !Number.isNaN(Date.parse(value)) ? undefined : "takes a date";

const checks: Readonly<Record<ColumnType, Check>> = {
  text,
  memo: text,
  integer: number,
  "big-integer": number,
  flag: (value) => (typeof value === "boolean" ? undefined : "takes true or false"),
  option: (value, { options }) => (options?.optionOf(value) === undefined ? "has no such option" : undefined),
  "date-time": dates,
  date: dates,
  lookup: (value) => (guid.test(idOf(value) ?? "") ? undefined : "takes the id of a record"),
};
