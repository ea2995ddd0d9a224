// Helps who writes. Every page works without it: its buttons ask the server.
const form = document.querySelector('#editor'), text = form?.querySelector('#text')
const field = name => form.elements[name]

// The tools write where the selection is.
const put = (from, to, s, a, b) => {
  text.focus()
  text.setSelectionRange(from, to)
  if (!document.execCommand('insertText', false, s)) text.setRangeText(s, from, to)
  text.setSelectionRange(from + a, from + b)
}
const use = ({k, b, a, s}) => {
  const v = text.value
  let from = text.selectionStart, to = text.selectionEnd, chosen = v.slice(from, to)
  if (k == 'inline') {
    chosen ||= s
    return put(from, to, b + chosen + a, b.length, b.length + chosen.length)
  }
  if (k == 'line') {
    from = v.lastIndexOf('\n', from - 1) + 1
    to = (v + '\n').indexOf('\n', to)
    chosen = b + (v.slice(from, to) || s).replaceAll('\n', '\n' + b)
    return put(from, to, chosen, b.length, chosen.length)
  }
  if (k == 'wrap' && chosen) s = chosen
  else from = to
  const before = v.slice(0, from).replace(/\n+$/, ''), after = v.slice(to).replace(/^\n+/, '')
  const head = before && '\n\n', made = head + b + s + a + (after ? '\n\n' : '\n')
  put(before.length, v.length - after.length, made, head.length + b.length, head.length + b.length + s.length)
}
if (text) {
  const keep = () => { field('from').value = text.selectionStart; field('to').value = text.selectionEnd }
  if (field('from').value) text.setSelectionRange(+field('from').value, +field('to').value)
  form.querySelector('.aim')?.remove()
  form.addEventListener('submit', keep)
  form.addEventListener('click', e => {
    const row = e.target.closest('[data-row]')
    if (row) {
      const lines = text.value.split('\n'), at = lines.slice(0, row.dataset.row - 1).join('\n').length + (row.dataset.row > 1)
      text.focus()
      text.setSelectionRange(at, at + (lines[row.dataset.row - 1] || '').length)
      text.scrollTop = text.scrollHeight * (row.dataset.row - 3) / lines.length
      return e.preventDefault()
    }
    let tool = e.target.closest('button')
    if (tool?.value == 'tool:insert') tool = field('block').selectedOptions[0]
    if (tool?.dataset.k) {
      e.preventDefault()
      use(tool.dataset)
    }
  })
}

// A draft is saved while one writes.
const state = document.querySelector('#draft-state')
if (state) {
  const typed = () => [...new FormData(form)].filter(([n, v]) => typeof v == 'string' && !['draft', 'from', 'to', 'block'].includes(n))
  let saved = JSON.stringify(typed()), busy = false, stop = false
  const save = async () => {
    const now = JSON.stringify(typed())
    if (busy || stop || now == saved) return
    busy = true
    const body = new URLSearchParams(typed())
    body.set('draft', field('draft').value)
    body.set('do', 'draft')
    try {
      const answer = await fetch(form.getAttribute('action'), {method: 'POST', body, headers: {Accept: 'application/json'}})
      const {draft, status} = await answer.json()
      if (draft) {
        field('draft').value = draft
        saved = now
      }
      stop = answer.status == 409 // two windows: a person decides
      state.textContent = status + (draft ? ' ' + new Date().toLocaleTimeString(document.documentElement.lang, {timeStyle: 'short'}) : '')
    } catch {
      state.textContent = form.dataset.failed
    }
    busy = false
  }
  form.addEventListener('submit', () => { stop = true })
  addEventListener('pageshow', () => { stop = false })
  setInterval(save, 4000)
  document.addEventListener('visibilitychange', () => document.hidden && save())
}

// Parts are sorted by dragging, too.
for (const list of document.querySelectorAll('[data-sort]')) {
  let held
  for (const li of list.querySelectorAll('.movable')) li.draggable = true
  list.addEventListener('dragstart', e => { held = e.target.closest('li') })
  list.addEventListener('dragover', e => {
    const over = e.target.closest('.movable')
    if (!held || !over || over.parentNode != held.parentNode) return
    e.preventDefault()
    const after = e.clientY > over.getBoundingClientRect().y + over.offsetHeight / 2
    over[after ? 'after' : 'before'](held)
  })
  list.addEventListener('dragend', () => { held = null }) // the fields are sent in their order
}
