// A button on each block that copies it: of a console block its commands, which the build wrote behind the block
// (checker/book/src/copied.rs), of any other block all of it. Knows no syntax: nothing is parsed here.
'use strict';

(() => {
  const copy = async text => {
    if (navigator.clipboard) {
      return navigator.clipboard.writeText(text);
    }
    // A page that came over plain HTTP from another machine has no clipboard of its own.
    const area = document.body.appendChild(document.createElement('textarea'));
    area.value = text;
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    if (!done) {
      throw new Error('the browser does not copy');
    }
  };

  for (const block of document.querySelectorAll('pre:has(> code)')) {
    const commands = block.nextElementSibling?.dataset.commands;
    const button = document.createElement('button');
    button.className = 'copy';
    button.type = 'button';
    const rest = commands === undefined ? 'copy' : 'copy commands';
    button.textContent = rest;
    button.addEventListener('click', async () => {
      try {
        await copy(commands ?? block.querySelector('code').textContent);
        button.textContent = 'copied';
      } catch {
        button.textContent = 'not copied';
      }
      setTimeout(() => { button.textContent = rest; }, 1500);
    });
    block.classList.add('copyable');
    block.append(button);
  }
})();
