/** In a workbook `_x0041_` stands for the letter A; a value that looks like that is written so that it comes back. */
export const workbookText = (text: string): string => text.replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_');
