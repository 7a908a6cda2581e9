import { isEnded, within } from "./call";
import { listIn, numberIn, recordIn, textIn } from "./answers";
import { text } from "./literals";
import type { Call, WebApiRecord } from "./types";

/** One value of an option set. */
export interface Option {
  value: number;
  /** In the language of the caller. */
  label: string | undefined;
}

/** A column as the organization's metadata has it. */
export interface Attribute {
  type: string;
  isValidForCreate: boolean;
  isValidForRead: boolean;
  isValidForUpdate: boolean;
}

type Find = (path: string, call: Call) => Promise<WebApiRecord | undefined>;

/** What the organization says of its tables. It does not change while the process runs, so it is asked once. */
export class Metadata {
  private readonly known = new Map<string, Promise<unknown>>();

  constructor(private readonly find: Find) {}

  optionSet(table: string, column: string, call: Call): Promise<readonly Option[] | undefined> {
    const path = `${definition(table)}/Attributes(LogicalName=${text(column)})/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options),GlobalOptionSet($select=Options)`;
    return this.once(path, call, async () => {
      const answer = await this.find(path, call);
      if (answer === undefined) return undefined;
      const own = recordIn(answer, "OptionSet") ?? recordIn(answer, "GlobalOptionSet");
      return listIn(own, "Options").flatMap(optionOf);
    });
  }

  attributes(table: string, call: Call): Promise<ReadonlyMap<string, Attribute> | undefined> {
    const path = `${definition(table)}/Attributes?$select=LogicalName,AttributeType,IsValidForCreate,IsValidForRead,IsValidForUpdate`;
    return this.once(path, call, async () => {
      const answer = await this.find(path, call);
      return answer && new Map(listIn(answer, "value").flatMap(attributeOf));
    });
  }

  private async once<T>(path: string, call: Call, ask: () => Promise<T>): Promise<T> {
    const kept = this.known.get(path) as Promise<T> | undefined;
    if (kept !== undefined) {
      try {
        return await within(call, "The organization's metadata", kept);
      } catch (error) {
        // Whoever asked first had less time, or was cancelled.
        if (call.signal?.aborted === true || call.budget.remaining() === 0 || !isEnded(error)) throw error;
        return this.once(path, call, ask);
      }
    }
    const asked = ask();
    this.known.set(path, asked);
    asked.catch(() => {
      this.known.delete(path);
    });
    return asked;
  }
}

function definition(table: string): string {
  return `EntityDefinitions(LogicalName=${text(table)})`;
}

function optionOf(option: WebApiRecord): Option[] {
  const value = numberIn(option, "Value");
  const label = textIn(recordIn(recordIn(option, "Label"), "UserLocalizedLabel"), "Label");
  return value === undefined ? [] : [{ value, label }];
}

function attributeOf(attribute: WebApiRecord): [string, Attribute][] {
  const name = textIn(attribute, "LogicalName");
  if (name === undefined) return [];
  const may = (what: string) => attribute[what] === true;
  return [
    [
      name,
      {
        type: textIn(attribute, "AttributeType") ?? "",
        isValidForCreate: may("IsValidForCreate"),
        isValidForRead: may("IsValidForRead"),
        isValidForUpdate: may("IsValidForUpdate"),
      },
    ],
  ];
}
