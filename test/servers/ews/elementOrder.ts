/*
 * The order in which the published schema lists the properties of items and folders. Requests must keep it, answers do.
 */
const list = (text: string) => text.trim().split(/\s+/);

const base = list(`
    MimeContent ItemId ParentFolderId ItemClass Subject Sensitivity Body Attachments DateTimeReceived Size
    Categories Importance InReplyTo IsSubmitted IsDraft IsFromMe IsResend IsUnmodified InternetMessageHeaders
    DateTimeSent DateTimeCreated ResponseObjects ReminderDueBy ReminderIsSet ReminderNextTime
    ReminderMinutesBeforeStart DisplayCc DisplayTo HasAttachments ExtendedProperty Culture EffectiveRights
    LastModifiedName LastModifiedTime IsAssociated WebClientReadFormQueryString WebClientEditFormQueryString
    ConversationId UniqueBody Flag StoreEntryId InstanceKey NormalizedBody EntityExtractionResult PolicyTag
    ArchiveTag RetentionDate Preview RightsManagementLicenseData NextPredictedAction GroupingAction
    PredictedActionReasons IsClutter BlockStatus HasBlockedImages TextBody IconIndex
`);
const message = list(`
    Sender ToRecipients CcRecipients BccRecipients IsReadReceiptRequested IsDeliveryReceiptRequested
    ConversationIndex ConversationTopic From InternetMessageId IsRead IsResponseRequested References ReplyTo
    ReceivedBy ReceivedRepresenting ApprovalRequestData VotingInformation ReminderMessageData
`);
const calendarItem = list(`
    UID RecurrenceId DateTimeStamp Start End OriginalStart IsAllDayEvent LegacyFreeBusyStatus Location When
    IsMeeting IsCancelled IsRecurring MeetingRequestWasSent IsResponseRequested CalendarItemType
    MyResponseType Organizer RequiredAttendees OptionalAttendees Resources ConflictingMeetingCount
    AdjacentMeetingCount ConflictingMeetings AdjacentMeetings Duration TimeZone AppointmentReplyTime
    AppointmentSequenceNumber AppointmentState Recurrence FirstOccurrence LastOccurrence ModifiedOccurrences
    DeletedOccurrences MeetingTimeZone StartTimeZone EndTimeZone ConferenceType AllowNewTimeProposal
    IsOnlineMeeting MeetingWorkspaceUrl NetShowUrl EnhancedLocation StartWallClock EndWallClock
    StartTimeZoneId EndTimeZoneId IntendedFreeBusyStatus JoinOnlineMeetingUrl OnlineMeetingSettings
    IsOrganizer
`);
const contact = list(`
    FileAs FileAsMapping DisplayName GivenName Initials MiddleName Nickname CompleteName CompanyName
    EmailAddresses PhysicalAddresses PhoneNumbers AssistantName Birthday BusinessHomePage Children Companies
    ContactSource Department Generation ImAddresses JobTitle Manager Mileage OfficeLocation PostalAddressIndex
    Profession SpouseName Surname WeddingAnniversary HasPicture PhoneticFullName PhoneticFirstName
    PhoneticLastName Alias Notes Photo UserSMIMECertificate MSExchangeCertificate DirectoryId ManagerMailbox
    DirectReports
`);
const task = list(`
    ActualWork AssignedTime BillingInformation ChangeCount Companies CompleteDate Contacts DelegationState
    Delegator DueDate IsAssignmentEditable IsComplete IsRecurring IsTeamTask Mileage Owner PercentComplete
    Recurrence StartDate Status StatusDescription TotalWork
`);

/** Properties of an item by the local name of its element. */
export const itemProperties: Readonly<Record<string, readonly string[]>> = {
  Item: base,
  Message: [...base, ...message],
  MeetingRequest: [...base, ...message],
  CalendarItem: [...base, ...calendarItem],
  Contact: [...base, ...contact],
  Task: [...base, ...task],
};

const folder = list(`
    FolderId ParentFolderId FolderClass DisplayName TotalCount ChildFolderCount ExtendedProperty
    ManagedFolderInformation EffectiveRights DistinguishedFolderId PolicyTag ArchiveTag
`);

/** Properties of a folder by the local name of its element. */
export const folderProperties: Readonly<Record<string, readonly string[]>> = {
  Folder: [...folder, "PermissionSet", "UnreadCount"],
  CalendarFolder: [...folder, "SharingEffectiveRights", "PermissionSet"],
  ContactsFolder: [...folder, "SharingEffectiveRights", "PermissionSet"],
  TasksFolder: [...folder, "PermissionSet", "UnreadCount"],
};

/** Properties by the prefix of their FieldURI. */
const paths: Readonly<Record<string, readonly string[]>> = {
  item: base,
  message,
  calendar: calendarItem,
  contacts: [...contact, "Culture"],
  task,
  folder: [...folder, "PermissionSet", "UnreadCount", "SharingEffectiveRights", "SearchParameters"],
};

/** Whether a FieldURI names a property; those of items that the simulator does not know are taken as they are. */
export function isFieldUri(uri: string): boolean {
  const [prefix = "", name = ""] = uri.split(":");
  return name !== "" && (paths[prefix]?.includes(name) ?? true);
}
