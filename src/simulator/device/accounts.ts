/** Single bits of a user's `group` (camera-protocol.md section 1); never compare whole values. */
export const permissionBits = {
  video: 1,
  snapshot: 2,
  record: 4,
  audio: 8,
  talk: 16,
  control: 32,
  /** The bit that the administrator has and the sample visitor has not. */
  admin: 0x10000,
} as const;

export type Permission = keyof typeof permissionBits;

export const adminGroup = 131071;
/** Video and snapshot only; bits 6 to 15 are set as in the vendor's sample. */
export const visitorGroup = 65475;

export interface SimulatedUser {
  readonly name: string;
  readonly password: string;
  readonly group: number;
}

/** Out of the box: no password at all. */
export const factoryUsers: readonly SimulatedUser[] = [
  { name: 'admin', password: '', group: adminGroup },
  { name: 'visitor', password: 'visitor', group: visitorGroup },
];

export function hasPermission(user: SimulatedUser, permission: Permission): boolean {
  return (user.group & permissionBits[permission]) !== 0;
}
