import * as fc from "fast-check";
import { organizationTable } from "../../../../provider/src/backends/dynamics365/columns/organization";
import { changedColumns } from "../../../../provider/src/backends/dynamics365/columns/record";
import { giveBack, nothingFound, recordFound } from "../../../../provider/src/backends/dynamics365/foundValues";
import {
  organizationColumns,
  organizationSettings as table,
  readOrganizationSettings,
} from "../../../../provider/src/backends/dynamics365/organizationRecord";
import type { PlainObject } from "../../../../provider/src/model/plain";
import { observations, otherId, stored } from "./arbitraries";
import { defaultEmailSettingsCases } from "./defaultEmailSettingsCases";

const xmls = fc.constantFrom(...defaultEmailSettingsCases.map(([xml]) => xml));
const settings = observations(table).map((values) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== -1)),
);

function written(record: PlainObject, values: Parameters<typeof organizationColumns>[1]): PlainObject {
  return stored(organizationTable, record, organizationColumns(record, values));
}

describe("the organization's email settings", () => {
  test("what was written is not written again", () => {
    fc.assert(
      fc.property(xmls, settings, (defaultemailsettings, wanted) => {
        const record = { defaultemailsettings, _defaultemailserverprofileid_value: otherId };
        const changed = changedColumns(table, readOrganizationSettings(record), wanted);
        const after = readOrganizationSettings(written(record, changed));
        expect(changedColumns(table, after, wanted)).toEqual({});
      }),
    );
  });

  test("each is given back on its own, and what a hand changed stays", () => {
    fc.assert(
      fc.property(xmls, settings, settings, (defaultemailsettings, wanted, byHand) => {
        const record = { defaultemailsettings, _defaultemailserverprofileid_value: otherId };
        const before = readOrganizationSettings(record);
        const found = recordFound(nothingFound, before, wanted);
        const touched = written(written(record, changedColumns(table, before, wanted)), byHand);
        const now = readOrganizationSettings(touched);
        const back = giveBack(found, now, "restore", table);
        const after = readOrganizationSettings(written(touched, back.columns));
        for (const column of Object.keys(table.columns)) {
          const ours =
            column in wanted &&
            Object.keys(changedColumns(table, now, { [column]: wanted[column] ?? null })).length === 0;
          const expected = ours ? before[column] : now[column];
          expect(changedColumns(table, after, { [column]: expected ?? null })).toEqual({});
        }
      }),
      { numRuns: 300 },
    );
  });

  test("only the XML's own methods are written into it", () => {
    const record = { defaultemailsettings: "<EmailSettings><Other>1</Other></EmailSettings>" };
    expect(organizationColumns(record, { requireapprovalforuseremail: false })).toEqual({
      requireapprovalforuseremail: false,
    });
    expect(organizationColumns(record, { defaultIncomingEmail: 2 })).toEqual({
      defaultemailsettings:
        "<EmailSettings><Other>1</Other><IncomingEmailDeliveryMethod>2</IncomingEmailDeliveryMethod></EmailSettings>",
    });
  });
});
