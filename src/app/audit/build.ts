/** The version that leaves name as the build; the same as in package.json (a test compares). */
export const BUILD = '0.1.0'
