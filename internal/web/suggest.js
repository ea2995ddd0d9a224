// Fills the search box's own list with suggestions while somebody types. It asks this server only, and sends no cookie.
for (const box of document.querySelectorAll('input[list=offered]')) {
  let timer
  box.addEventListener('input', () => {
    clearTimeout(timer)
    const typed = box.value.trim().slice(0, 200)
    const options = [...box.list.options]
    if (typed.length < 2 || options.some(o => o.value == typed)) return
    timer = setTimeout(async () => {
      try {
        const address = '/api/v1/suggest?language=' + document.documentElement.lang + '&q=' + encodeURIComponent(typed)
        const answer = await fetch(address, {credentials: 'omit'})
        if (!answer.ok || box.value.trim().slice(0, 200) != typed) return
        const {suggestions} = await answer.json()
        box.list.replaceChildren(...suggestions.map(s => {
          const o = new Option('', s.query)
          o.label = s.label || ''
          // Browsers hide what does not contain the typed letters: other accents, another spelling.
          if (!(s.query + ' ' + o.label).toLowerCase().includes(typed.toLowerCase())) o.label = typed + ' → ' + (s.label || s.query)
          return o
        }))
      } catch {} // the line is down: the box works without
    }, 120)
  })
}
