import type { Context } from "./context";
import { malformedId, Refusal } from "./errors";
import { answerEach } from "./responses";
import { attributeOf, childrenOf, escape, isTrue, response, textOf, warning } from "./soap";
import type { ExchangeMailbox } from "./store";

/** Finds mailboxes by the beginning of address, local part or name. */
export function resolveNames(operation: Element, { store }: Context): string {
  const wanted = textOf(operation, "UnresolvedEntry")
    .trim()
    .toLowerCase()
    .replace(/^smtp:/, "");
  const full = isTrue(attributeOf(operation, "ReturnFullContactData"));
  const names = ({ address, displayName = "", aliases = [] }: ExchangeMailbox) => [
    address,
    displayName.toLowerCase(),
    ...aliases.map((alias) => alias.toLowerCase()),
  ];
  const found = store.all().filter((mailbox) => names(mailbox).some((name) => name.startsWith(wanted)));
  const set = `<m:ResolutionSet TotalItemsInView="${found.length}" IncludesLastItemInRange="true">${found.map((mailbox) => resolution(mailbox, full)).join("")}</m:ResolutionSet>`;
  if (found.length > 1)
    return response("ResolveNames", [
      warning("ResolveNames", "ErrorNameResolutionMultipleResults", "Multiple results were found.", set),
    ]);
  return answerEach("ResolveNames", [set], (only) => {
    if (found.length === 0) throw new Refusal("ErrorNameResolutionNoResults", "No results were found.");
    return only;
  });
}

function resolution({ address, displayName = address }: ExchangeMailbox, full: boolean): string {
  const name = escape(displayName);
  const contact = full
    ? `<t:Contact><t:DisplayName>${name}</t:DisplayName><t:EmailAddresses><t:Entry Key="EmailAddress1">SMTP:${escape(address)}</t:Entry></t:EmailAddresses><t:ContactSource>ActiveDirectory</t:ContactSource></t:Contact>`
    : "";
  return `<t:Resolution><t:Mailbox><t:Name>${name}</t:Name><t:EmailAddress>${escape(address)}</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType><t:MailboxType>Mailbox</t:MailboxType></t:Mailbox>${contact}</t:Resolution>`;
}

/** Writes ids in another format. The simulator's ids say nothing of formats: the same text stands in each. */
export function convertId(operation: Element, { own }: Context): string {
  const format = attributeOf(operation, "DestinationFormat") ?? "EwsId";
  return answerEach("ConvertId", childrenOf(operation, "SourceIds"), (source) => {
    const id = attributeOf(source, "Id") ?? "";
    if (!/^A[AQ]Mk[A-Za-z0-9+/]+=*$/.test(id)) throw malformedId();
    const mailbox = own?.address ?? attributeOf(source, "Mailbox") ?? "";
    return `<m:AlternateId xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="t:AlternateIdType" Format="${format}" Id="${id}" Mailbox="${escape(mailbox)}"/>`;
  });
}

const zones: Readonly<Record<string, string>> = {
  UTC: "(UTC) Coordinated Universal Time",
  "W. Europe Standard Time": "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
  "Pacific Standard Time": "(UTC-08:00) Pacific Time (US & Canada)",
};
const biases: Readonly<Record<string, string>> = {
  UTC: "PT0S",
  "W. Europe Standard Time": "-PT1H",
  "Pacific Standard Time": "PT8H",
};

export function getServerTimeZones(operation: Element): string {
  const asked = childrenOf(operation, "Ids").map(({ textContent }) => textContent.trim());
  const full = isTrue(attributeOf(operation, "ReturnFullTimeZoneData") ?? "true");
  const names = Object.keys(zones).filter((name) => asked.length === 0 || asked.includes(name));
  const definitions = names.map((name) => {
    const attributes = `Id="${name}" Name="${escape(zones[name] ?? "")}"`;
    if (!full) return `<t:TimeZoneDefinition ${attributes}/>`;
    return `<t:TimeZoneDefinition ${attributes}><t:Periods><t:Period Bias="${biases[name] ?? "PT0S"}" Name="Standard" Id="${name}/Standard"/></t:Periods><t:TransitionsGroups><t:TransitionsGroup Id="0"><t:Transition><t:To Kind="Period">${name}/Standard</t:To></t:Transition></t:TransitionsGroup></t:TransitionsGroups><t:Transitions><t:Transition><t:To Kind="Group">0</t:To></t:Transition></t:Transitions></t:TimeZoneDefinition>`;
  });
  return answerEach(
    "GetServerTimeZones",
    [definitions.join("")],
    (list) => `<m:TimeZoneDefinitions>${list}</m:TimeZoneDefinitions>`,
  );
}
