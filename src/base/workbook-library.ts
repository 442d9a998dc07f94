/**
 * The library that writes workbooks. It is large, so it is loaded when the first workbook is written: not with a service
 * that starts, nor with every command.
 */
export const workbookLibrary = () => import('hucre/xlsx');

/** The most lines that a sheet of a workbook can have. */
export const MOST_LINES_OF_SHEET = 1_048_576;
