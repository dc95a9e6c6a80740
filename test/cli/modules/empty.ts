// A module that exports nothing by default.
export const nothing = 0;
