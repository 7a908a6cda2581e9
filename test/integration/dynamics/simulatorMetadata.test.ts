import { callersOfTests } from "./caller";

const callers = callersOfTests();

describe("metadata", () => {
  const attributes = "EntityDefinitions(LogicalName='emailserverprofile')/Attributes";
  const picklists = "/Microsoft.Dynamics.CRM.PicklistAttributeMetadata";
  const names = async (path: string) => {
    const { json, status } = await callers.ask(await callers.start(), "GET", encodeURI(path));
    return status === 200 ? (json.value?.map(({ LogicalName }) => LogicalName) ?? json) : [status, json.error?.code];
  };

  test("of option sets, of one column and of several", async () => {
    const one = await names(
      `${attributes}(LogicalName='servertype')${picklists}?$select=LogicalName&$expand=OptionSet($select=Options,Name),GlobalOptionSet`,
    );
    const labelled = { Value: 1, Label: { UserLocalizedLabel: { Label: "Other (POP3/SMTP)" } } };
    expect(one).toMatchObject({
      LogicalName: "servertype",
      OptionSet: { Options: [{ Value: 0 }, labelled, { Value: 2 }, { Value: 3 }] },
      GlobalOptionSet: null,
    });
    const filter = "LogicalName eq 'servertype' or LogicalName eq 'exchangeversion' or LogicalName eq 'name'";
    expect(await names(`${attributes}${picklists}?$select=LogicalName&$expand=OptionSet&$filter=${filter}`)).toEqual([
      "servertype",
      "exchangeversion",
    ]);
  });

  test.each<[string, unknown]>([
    [`${attributes}(LogicalName='serverauthority')?$select=LogicalName`, [404, "0x80060888"]],
    [`${attributes}(LogicalName='name')${picklists}`, [404, "0x80060888"]],
    [`${attributes}(LogicalName='servertype')?$expand=OptionSet`, [400, "0x80060888"]],
    [`${attributes}?$select=Nonsense`, [400, "0x80060888"]],
    [`${attributes}?$top=1`, [400, "0x80060888"]],
    ["EntityDefinitions(LogicalName='account')", [404, "0x80060888"]],
    ["EntityDefinitions?$select=LogicalName&$filter=EntitySetName eq 'mailboxes'", ["mailbox"]],
  ])("%s", async (path, expected) => {
    expect(await names(path)).toEqual(expected);
  });
});
