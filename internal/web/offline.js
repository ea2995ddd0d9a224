// Keeps a lesson or a unit for reading without a line, and lists what is kept. Nothing is sent anywhere.
const store = 'kept', keep = document.querySelector('#keep'), list = document.querySelector('#kept')
const paths = (page, selector, name) => [...page.querySelectorAll(selector)].map(e => new URL(e.getAttribute(name), location)).filter(u => u.origin == location.origin && u.pathname.startsWith('/r/'))
const get = async (cache, path) => {
  const answer = await fetch(path + '?images=yes', {credentials: 'omit'})
  if (!answer.ok) throw 0
  await cache.put(path, answer.clone())
  return answer
}
const save = async () => {
  await navigator.serviceWorker.register('/worker.js')
  const cache = await caches.open(store)
  for (const path of ['/offline', '/offline.js', '/logo.svg']) await get(cache, path)
  const pages = [location.pathname, ...paths(document, '.parts a', 'href').map(u => u.pathname)]
  for (const path of [...new Set(pages)].slice(0, 60)) {
    const page = new DOMParser().parseFromString(await (await get(cache, path)).text(), 'text/html')
    for (const u of paths(page, 'article img, article audio, article video', 'src')) await get(cache, u.pathname).catch(() => 0)
  }
}
const kept = async () => {
  const cache = await caches.open(store)
  const lines = (await cache.keys()).map(r => new URL(r.url).pathname).filter(p => p.startsWith('/r/') && !p.includes('/raw/'))
  list.replaceChildren(...lines.length ? [document.createElement('ul')] : [list.dataset.none])
  for (const path of lines) {
    const a = document.createElement('a'), li = document.createElement('li')
    a.href = path
    a.textContent = new DOMParser().parseFromString(await (await cache.match(path)).text(), 'text/html').querySelector('h1').textContent
    li.append(a)
    list.firstChild.append(li)
  }
  if (lines.length) {
    const drop = document.createElement('button')
    drop.textContent = list.dataset.drop
    drop.onclick = async () => { await caches.delete(store); kept() }
    list.append(drop)
  }
  list.previousElementSibling.hidden = true
  list.hidden = false
}
if (window.caches && navigator.serviceWorker) {
  if (list) kept()
  if (keep) {
    const says = keep.nextElementSibling
    keep.hidden = false
    keep.onclick = async () => {
      keep.disabled = true
      says.textContent = keep.dataset.busy
      try {
        await save()
        says.textContent = keep.dataset.done
      } catch {
        says.textContent = keep.dataset.failed
      }
      keep.disabled = false
    }
  }
}
