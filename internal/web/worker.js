// Shows what was kept where there is no line. With a line it changes nothing.
addEventListener('install', () => skipWaiting())
addEventListener('activate', e => e.waitUntil(clients.claim()))
addEventListener('fetch', e => {
  if (e.request.method != 'GET' || new URL(e.request.url).origin != location.origin) return
  e.respondWith(fetch(e.request).catch(async () => {
    const how = {ignoreSearch: true, ignoreVary: true}
    return await caches.match(e.request, how) || e.request.mode == 'navigate' && await caches.match('/offline', how) || Response.error()
  }))
})
