import type { Column, Row, Table, Value } from "./columns";
import { badQuery } from "./errors";
import { tokensOf, type Token } from "./filterTokens";
import { edmTypeOf, lookupBehind } from "./payload";
import { columnReadAs } from "./represent";
import { idIn, isReference, type Store } from "./store";

export type Predicate = (row: Row) => boolean;
type Plain = string | number | boolean | null;
type Literal = Extract<Token, { kind: "literal" }>;
interface Operand {
  column: Column;
  of: (row: Row) => Plain;
}

const comparisons = ["eq", "ne", "gt", "ge", "lt", "le"] as const;
const functions = ["contains", "startswith", "endswith"] as const;

/** Reads `$filter`; what this simulator does not know is an error, never ignored. */
export function readFilter(text: string, table: Table, store: Store): Predicate {
  const reader = new FilterReader(tokensOf(text), text, table, store);
  const predicate = reader.either();
  reader.end();
  return predicate;
}

class FilterReader {
  private at = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly text: string,
    private readonly table: Table,
    private readonly store: Store,
  ) {}

  either(): Predicate {
    const parts = [this.both()];
    while (this.takeWord("or")) parts.push(this.both());
    return (row) => parts.some((part) => part(row));
  }

  end(): void {
    if (this.at < this.tokens.length) throw this.wrong();
  }

  private both(): Predicate {
    const parts = [this.one()];
    while (this.takeWord("and")) parts.push(this.one());
    return (row) => parts.every((part) => part(row));
  }

  private one(): Predicate {
    if (this.takeWord("not")) {
      const inner = this.one();
      return (row) => !inner(row);
    }
    if (this.takeMark("(")) {
      const inner = this.either();
      this.expectMark(")");
      return inner;
    }
    const name = this.name();
    if (name === "Microsoft.Dynamics.CRM.In") return this.inList();
    const called = functions.find((known) => known === name);
    if (called !== undefined) return this.call(called);
    return this.comparison(this.operand(name));
  }

  private comparison(operand: Operand): Predicate {
    const operator = comparisons.find((known) => known === this.peekName());
    if (operator === undefined) throw this.wrong();
    this.at += 1;
    const value = comparable(operand.column, this.literal());
    // Texts are compared as the database does: without regard to case. `ne` includes what has no value.
    if (operator === "eq") return (row) => fold(operand.of(row)) === fold(value);
    if (operator === "ne") return (row) => fold(operand.of(row)) !== fold(value);
    return (row) => {
      const [left, right] = [fold(operand.of(row)), fold(value)];
      if (left === null || right === null) return false;
      if (operator === "gt") return left > right;
      if (operator === "ge") return left >= right;
      return operator === "lt" ? left < right : left <= right;
    };
  }

  private call(name: (typeof functions)[number]): Predicate {
    this.expectMark("(");
    const { column, of } = this.operand(this.name());
    this.expectMark(",");
    const { value } = this.literal();
    this.expectMark(")");
    if (typeof value !== "string" || edmTypeOf(column) !== "Edm.String")
      throw badQuery(`No function signature for the function with name '${name}' matches the specified arguments.`);
    const part = value.toLowerCase();
    return (row) => {
      const whole = String(of(row) ?? "").toLowerCase();
      if (name === "contains") return whole.includes(part);
      return name === "startswith" ? whole.startsWith(part) : whole.endsWith(part);
    };
  }

  private inList(): Predicate {
    this.expectMark("(");
    if (this.name() !== "PropertyName") throw this.wrong();
    this.expectMark("=");
    const property = this.literal().value;
    this.expectMark(",");
    if (this.name() !== "PropertyValues") throw this.wrong();
    this.expectMark("=");
    this.expectMark("[");
    const values = new Set<Plain>();
    // The name of a lookup is the column's own here, as in the other query functions.
    const column = this.table.columns.get(String(property)) ?? columnReadAs(this.table, String(property));
    if (!column?.read) throw noSuchProperty(String(property), this.table);
    do {
      const { value } = this.literal();
      values.add(fold(typeof value === "string" && edmTypeOf(column) === "Edm.Int32" ? Number(value) : value));
    } while (this.takeMark(","));
    this.expectMark("]");
    this.expectMark(")");
    return (row) => values.has(fold(plain(row[column.name])));
  }

  private operand(path: string): Operand {
    const [first = "", second, ...more] = path.split("/");
    if (second === undefined) {
      const column = columnReadAs(this.table, first);
      if (column === undefined) throw noSuchProperty(first, this.table);
      return { column, of: (row) => kept(column, row[column.name]) };
    }
    const lookup = lookupBehind(this.table, first);
    const target = lookup?.targets?.[first]?.[0];
    if (lookup === undefined || target === undefined || more.length > 0) throw noSuchProperty(path, this.table);
    const other = this.store.tables[target];
    const column = columnReadAs(other, second);
    if (column === undefined) throw noSuchProperty(second, other);
    const of = (row: Row) => {
      const reference = row[lookup.name];
      if (!isReference(reference) || reference.table !== target) return null;
      return kept(column, this.store.find(target, reference.id)?.[column.name]);
    };
    return { column, of };
  }

  private literal(): Literal {
    const token = this.tokens[this.at];
    if (token?.kind !== "literal") throw this.wrong();
    this.at += 1;
    return token;
  }

  private name(): string {
    const name = this.peekName();
    if (name === undefined) throw this.wrong();
    this.at += 1;
    return name;
  }

  private peekName(): string | undefined {
    const token = this.tokens[this.at];
    return token?.kind === "name" ? token.name : undefined;
  }

  private takeWord(word: string): boolean {
    if (this.peekName() !== word) return false;
    this.at += 1;
    return true;
  }

  private takeMark(mark: string): boolean {
    const token = this.tokens[this.at];
    if (token?.kind !== "mark" || token.mark !== mark) return false;
    this.at += 1;
    return true;
  }

  private expectMark(mark: string): void {
    if (!this.takeMark(mark)) throw this.wrong();
  }

  private wrong() {
    return badQuery(`Syntax error in '${this.text}' at its part ${this.at + 1}.`);
  }
}

export function noSuchProperty(name: string, table: Table) {
  return badQuery(`Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.${table.name}'.`);
}

function plain(value: Value | undefined): Plain {
  return isReference(value) ? (idIn(value) ?? null) : (value ?? null);
}

/** Moments as numbers, so that they compare whatever their fractions. */
function kept(column: Column, value: Value | undefined): Plain {
  const known = plain(value);
  return column.kind === "DateTime" && typeof known === "string" ? Date.parse(known) : known;
}

const fold = (value: Plain): Plain => (typeof value === "string" ? value.toLowerCase() : value);

/** A literal as the column is kept; one of another type is an error. */
function comparable(column: Column, { value, guid, date }: Literal): Plain {
  if (value === null) return null;
  const type = column.kind === "Lookup" ? "Edm.Guid" : edmTypeOf(column);
  const fits =
    (type === "Edm.Guid" && guid === true) ||
    (type === "Edm.DateTimeOffset" && date === true) ||
    (type === "Edm.Boolean" && typeof value === "boolean") ||
    (type.startsWith("Edm.Int") && typeof value === "number") ||
    (type === "Edm.String" && typeof value === "string" && guid !== true && date !== true);
  if (!fits)
    throw badQuery(
      `A binary operator with incompatible types was detected. Found operand types '${type}' and '${typeof value}' for operator kind.`,
    );
  return date === true ? Date.parse(String(value)) : value;
}
