export const glyphWidth = 5;
export const glyphHeight = 7;

/** Seven rows from the top, each a base-32 digit whose five bits are pixels, left is the highest. */
// prettier-ignore
const glyphs: Readonly<Record<string, string>> = {
  '0': 'ehjlphe', '1': '4c4444e', '2': 'eh1248v', '3': 'v2421he', '4': '26aiv22',
  '5': 'vgu11he', '6': '68guhhe', '7': 'v124888', '8': 'ehhehhe', '9': 'ehhf12c',
  A: 'ehhvhhh', B: 'uhhuhhu', C: 'ehggghe', D: 'sihhhis', E: 'vgguggv',
  F: 'vgguggg', G: 'ehgnhhf', H: 'hhhvhhh', I: 'e44444e', J: '72222ic', K: 'hikokih',
  L: 'ggggggv', M: 'hrllhhh', N: 'hhpljhh', O: 'ehhhhhe', P: 'uhhuggg', Q: 'ehhhlid',
  R: 'uhhukih', S: 'fgge11u', T: 'v444444', U: 'hhhhhhe', V: 'hhhhha4', W: 'hhhllla',
  X: 'hha4ahh', Y: 'hhha444', Z: 'v1248gv',
  '-': '000v000', ':': '0cc0cc0', '.': '00000cc', '/': '01248g0', ' ': '0000000',
  ',': '0000c48', ';': '0cc0c48', "'": 'cc48000', '!': '4444404', '?': 'eh12404',
  '(': '2488842', ')': '8422248', '[': 'e88888e', ']': 'e22222e', '_': '000000v',
  '+': '044v440', '=': '00v0v00', '#': 'aavavaa', '&': 'cik8lid', '%': 'op248j3',
  '"': 'aa00000', '*': '04lel40', '@': 'eh1dlle', '<': '1248421', '>': 'g84248g',
};

/** Whether the font has every letter of the text; capitals stand for small letters. */
export function hasGlyphs(text: string): boolean {
  return Array.from(text.toUpperCase()).every((letter) => Object.hasOwn(glyphs, letter));
}

/** Calls `draw` for every set pixel of the text, in units of font pixels; unknown letters are blank. */
export function forEachTextPixel(text: string, draw: (x: number, y: number) => void): void {
  Array.from(text.toUpperCase()).forEach((letter, index) => {
    const rows = glyphs[letter] ?? '0000000';
    for (let y = 0; y < glyphHeight; y++) {
      const row = Number.parseInt(rows.charAt(y), 32);
      for (let x = 0; x < glyphWidth; x++) {
        if ((row >> (glyphWidth - 1 - x)) & 1) draw(index * (glyphWidth + 1) + x, y);
      }
    }
  });
}

/** Width of a text in font pixels. */
export function textWidth(text: string): number {
  return text.length * (glyphWidth + 1) - 1;
}
