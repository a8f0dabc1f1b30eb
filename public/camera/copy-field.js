import { element } from '../lib/dom.js';

const thanksMs = 1800;

/**
 * `<copy-field label="Playlist" value="http://…">`: a text to take away, with a button that copies it.
 */
export class CopyField extends HTMLElement {
  connectedCallback() {
    const label = this.getAttribute('label') ?? '';
    const input = element('input', {
      readonly: true,
      value: this.getAttribute('value') ?? '',
      spellcheck: 'false',
      id: `copy-${label.toLowerCase().replaceAll(/\W+/g, '-')}`,
    });
    const button = element('button', { type: 'button', 'aria-label': `Copy ${label}` }, 'Copy');
    const said = element('span', { class: 'visually-hidden', role: 'status' });
    input.addEventListener('focus', () => input.select());
    button.addEventListener('click', () => {
      void copy(input).then((isCopied) => {
        button.textContent = isCopied ? 'Copied' : 'Ctrl+C';
        said.textContent = isCopied ? `${label} copied` : 'Selected: copy it with your keyboard';
        setTimeout(() => (button.textContent = 'Copy'), thanksMs);
      });
    });
    this.replaceChildren(element('label', { for: input.id }, label), input, button, said);
  }
}

/**
 * The clipboard interface exists on https and localhost only; gateways mostly live at plain addresses of a local
 * network, where the old command still works.
 *
 * @param {HTMLInputElement} input
 */
async function copy(input) {
  try {
    await navigator.clipboard.writeText(input.value);
    return true;
  } catch {
    input.select();
    return document.execCommand('copy');
  }
}

customElements.define('copy-field', CopyField);
