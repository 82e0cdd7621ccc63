// Decides how long a message may be, as the contract says; repeated here so that no schema library is loaded.

/** Greatest length of a message, in UTF-16 code units: `MESSAGE_MAX_LENGTH` of the contract. */
export const MAX_MESSAGE_LENGTH = 8_000;
