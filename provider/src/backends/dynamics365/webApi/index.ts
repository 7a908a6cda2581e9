export { WebApi, type Attribute, type Caller, type ListQuery, type Option } from "./client";
export { codeMeaning, hexadecimalOf, type CodeMeaning } from "./errorCodes";
export { allOf, anyOf, bindTo, guid, isId, isNumber, isText, recordPath, type Query } from "./literals";
export { organizationCredentials } from "./organizationCredentials";
export { sharedWebApi } from "./shared";
export type { Call, Columns, OrganizationCredentials, WebApiOptions, WebApiRecord } from "./types";
