import {
  bigInteger,
  choice,
  defineTable,
  flag,
  integer,
  lookup,
  memo,
  moment,
  owner,
  required,
  secret,
  states,
  text,
  identifier,
  type Column,
  type Deployment,
  type Options,
  type Table,
} from "../columns";

/** dynamics.md 2.2: 4 is there online only. */
const serverTypes: Options = {
  0: "Exchange Server",
  1: "Other (POP3/SMTP)",
  2: "Exchange Server (Hybrid)",
  3: "Exchange Online (Hybrid)",
};
const authenticationProtocols: Options = { 0: "Auto Detect", 1: "Negotiate", 2: "NTLM", 3: "Basic" };
const credentialRetrievals: Options = {
  0: "Credentials Specified by a User or Queue",
  1: "Credentials Specified in Email Server Profile",
  2: "Server to Server Authentication",
  3: "Windows Integrated Authentication",
  4: "Without Credentials (Anonymous)",
};
const exchangeVersions: Options = {
  0: "Exchange 2007",
  1: "Exchange 2007 SP1",
  2: "Exchange 2010",
  3: "Exchange 2010 SP1",
  4: "Exchange 2010 SP2",
  5: "Exchange 2013",
};
const serverAuthorities: Options = {
  0: "https://login.microsoftonline.com",
  1: "https://login.microsoftonline.us",
  2: "https://login.chinacloudapi.cn",
  3: "Automatic",
};
const lastResult: Options = { 0: "Failure", 1: "Success" };

/** The columns of one direction: `incoming...` or `outgoing...`. */
function connection(direction: "incoming" | "outgoing", online: boolean): Column[] {
  return [
    text(`${direction}serverlocation`, 2084),
    integer(`${direction}portnumber`, 0, 65536),
    flag(`${direction}usessl`, true),
    choice(
      `${direction}authenticationprotocol`,
      online ? { ...authenticationProtocols, 4: "OAuth" } : authenticationProtocols,
      0,
    ),
    choice(
      `${direction}credentialretrieval`,
      online
        ? {
            ...credentialRetrievals,
            5: "Gmail OAuth",
            6: "Exchange Hybrid Modern Auth (HMA)",
            7: "OAuth with Microsoft Entra ID",
          }
        : credentialRetrievals,
      // -1 on the form of the outgoing side means that there is no value.
      direction === "incoming" ? 0 : undefined,
    ),
    flag(`${direction}useimpersonation`, false),
    text(`${direction}username`, 250),
    secret(`${direction}password`, 250, `is${direction}passwordset`),
  ];
}

const onlineColumns = (): Column[] => [
  required(choice("serverauthority", serverAuthorities, 0)),
  text("aadresourceid", 1024),
  text("oauthclientid", 1024),
  secret("oauthclientsecret", 1024, "isoauthclientsecretset"),
  // Tables of key vaults are not simulated: the column can be read and cleared.
  lookup("keyvaultreferenceid", {}),
  identifier("managedidentityid"),
  identifier("purviewmanagedidentityid"),
  flag("acsenabledforoutgoingemail", false),
  text("acsendpointurl", 2084),
  text("acsemailservicename", 1024),
  text("acsresourcegroupname", 1024),
  text("acssubscriptionid", 1024),
  text("acsmanagedidentityid", 1024),
];
const onPremisesColumns = (): Column[] => [
  text("credentialinfo", 4000),
  secret("dataencryptionkey", 3500, "isdataencryptionkeyset"),
];

/** Table 2.1 of dynamics.md, with the differences of 2.2. */
export function emailServerProfileTable(deployment: Deployment): Table {
  const online = deployment === "online";
  return defineTable(
    {
      name: "emailserverprofile",
      set: "emailserverprofiles",
      nameColumn: "name",
      typeCode: 9605,
      collections: {
        emailserverprofile_mailbox: { table: "mailbox", lookup: "emailserverprofile" },
        tracelog_EmailServerProfile: { table: "tracelog", lookup: "regardingobjectid" },
      },
    },
    [
      // Application-required: the platform does not insist on these over the Web API (inferred).
      text("name", 100),
      memo("description", 2000),
      choice("servertype", online ? { ...serverTypes, 4: "IMAP/SMTP" } : serverTypes),
      text("defaultserverlocation", 2084),
      flag("useautodiscover", false),
      ...connection("incoming", online),
      ...connection("outgoing", online),
      flag("outgoingautograntdelegateaccess", false),
      flag("usesamesettingsforoutgoingconnections", true),
      choice("exchangeversion", exchangeVersions),
      text("exchangeonlinetenantid", 36),
      flag("usedefaulttenantid", true),
      integer("maxconcurrentconnections", 1, online ? 300 : 65536, 10),
      integer("minpollingintervalinminutes", 0, 1440),
      flag("timeoutmailboxconnection", true),
      integer("timeoutmailboxconnectionafteramount", 0, 100_000),
      moment("processemailsreceivedafter"),
      flag("moveundeliveredemails", false),
      flag("sendemailalert", false),
      text("encodingcodepage", 100),
      text("owneremailaddress", 100),
      // The default of a form is that of a create too, as it is of every option set (inferred).
      choice("lastauthorizationstatus", lastResult, 1),
      choice("lasttestexecutionstatus", { ...lastResult, 2: "Warning" }, 1),
      choice("lasttestvalidationstatus", lastResult, 1),
      memo("lastcrmmessage", 2084),
      memo("lasttestrequest", 2084),
      memo("lasttestresponse", 2084),
      moment("lastteststarttime"),
      bigInteger("lasttesttotalexecutiontime", "CUR"),
      text("emailservertypename", 250, "R"),
      lookup("incomingpartnerapplication", {}, "R"),
      lookup("outgoingpartnerapplication", {}, "R"),
      ...states(),
      ...owner(),
      ...(online ? onlineColumns() : onPremisesColumns()),
    ],
  );
}
