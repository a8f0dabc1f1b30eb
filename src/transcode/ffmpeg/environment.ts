/**
 * All that a child sees of the environment: passwords of cameras may stand in the gateway's own. The system's
 * directories are found without it (on Windows, Node adds SystemRoot and the like by itself).
 */
export const childEnvironment: Readonly<Record<string, string>> = {
  LC_ALL: 'C',
  AV_LOG_FORCE_NOCOLOR: '1',
};
