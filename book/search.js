// The search of the book that `labctl book` shows: sections that have all words, those with a word in their title first.
// Reads search.json, which the build wrote; nothing leaves the browser.
'use strict';

(() => {
  const root = document.currentScript.dataset.root;
  const input = document.querySelector('search input');
  const hits = document.getElementById('hits');
  let index;

  const find = (sections, words) => sections
    .map(section => ({ ...section, title: `${section.page} ${section.section}`.toLowerCase() }))
    .filter(section => words.every(word => section.title.includes(word) || section.text.toLowerCase().includes(word)))
    .map(section => ({ ...section, rank: words.filter(word => section.title.includes(word)).length }))
    .sort((one, other) => other.rank - one.rank)
    .slice(0, 12);

  const around = (text, word) => {
    const from = Math.max(0, text.toLowerCase().indexOf(word) - 40);
    return (from > 0 ? '…' : '') + text.slice(from, from + 120);
  };

  const show = async () => {
    index ??= await (await fetch(`${root}search.json`)).json();
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    hits.replaceChildren(...(words.length === 0 ? [] : find(index, words)).map(section => {
      const link = document.createElement('a');
      link.href = root + section.address;
      link.textContent = section.section ? `${section.page}: ${section.section}` : section.page;
      const item = document.createElement('li');
      item.append(link, document.createElement('br'), around(section.text, words[0]));
      return item;
    }));
    if (words.length > 0 && hits.children.length === 0) {
      hits.textContent = 'nothing has all of these words';
    }
  };

  input.addEventListener('input', show);
  document.addEventListener('keydown', event => {
    if ((event.key === '/' || event.key === 's') && event.target === document.body && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      input.focus();
    } else if (event.key === 'Escape') {
      hits.replaceChildren();
      input.blur();
    }
  });
})();
