/** What an API key lets whoever has it do. */
export type Role = 'vendor' | 'auditor' | 'policy' | 'admin';

export const ROLES: readonly Role[] = ['vendor', 'auditor', 'policy', 'admin'];
