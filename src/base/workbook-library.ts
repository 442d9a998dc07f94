/**
 * The library that reads and writes workbooks. It is large, so it is loaded with the first workbook: not with a service
 * that starts, nor with every command.
 */
export const workbookLibrary = () => import('hucre/xlsx');

/** The most lines that a sheet of a workbook can have. */
export const MOST_LINES_OF_SHEET = 1_048_576;
