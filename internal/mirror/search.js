"use strict";
// Searches the files of a mirror: search/all.js says how many there are, search/w….js have words, search/d….js resources.
(() => {
  const me = document.currentScript, root = me.src.replace(/[^/]*$/, ""), pages = root + (me.dataset.pages || "");
  const query = new URLSearchParams(location.search).get("q") || "";
  const field = document.querySelector("input[name=q]"), main = document.querySelector("main");
  if (!query.trim() || !main) return;
  const got = {}, waiting = {}, loads = {};
  window.mirror = (name, data) => { got[name] = data; waiting[name]?.(); };
  const load = name => loads[name] ||= new Promise((done, failed) => {
    const s = document.createElement("script");
    waiting[name] = done;
    s.onerror = failed;
    s.src = root + "search/" + name + ".js";
    document.head.append(s);
  });
  const stem = w => {
    if (w.length > 3 && /[^sui]s$/.test(w)) w = w.slice(0, -1);
    return w.length > 4 && w.endsWith("e") ? w.slice(0, -1) : w;
  };
  const words = text => {
    const out = [];
    for (let w of text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase().match(/[\p{L}\p{Nd}.-]+/gu) || []) {
      const parts = w.split(/[.-]/).filter(p => p);
      if (parts.length > 1 && /\p{Nd}/u.test(w)) out.push(parts.join(""));
      else out.push(...parts.map(stem));
    }
    return [...new Set(out)].slice(0, 12);
  };
  const hash = w => {
    let h = 2166136261;
    for (let i = 0; i < w.length; i++) h = Math.imul(h ^ w.charCodeAt(i), 16777619) >>> 0;
    return h;
  };
  const el = (name, text, set) => Object.assign(document.createElement(name), { textContent: text || "" }, set);
  (async () => {
    if (field) field.value = query;
    await load("all");
    const { shards, block } = got.all, asked = words(query);
    const shard = w => "w" + (hash(w) & (shards - 1)) ;
    await Promise.all(asked.map(w => load(shard(w))));
    const sums = new Map();
    for (const w of asked) {
      const line = Object.hasOwn(got[shard(w)], w) ? got[shard(w)][w] : [];
      for (let i = 1; i < line.length; i += 2) sums.set(line[i], (sums.get(line[i]) || 0) + 10000 + line[i + 1]);
    }
    const best = [...sums].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    const all = best.filter(b => b[1] >= asked.length * 10000), hits = (all.length ? all : best).slice(0, 20);
    await Promise.all(hits.map(h => load("d" + Math.floor(h[0] / block))));
    const n = (all.length || best.length), list = el("ul", "", { className: "cards" });
    for (const [doc] of hits) {
      const [file, title, about, facts, lang] = got["d" + Math.floor(doc / block)][doc % block];
      const li = el("li", "", { className: "card" }), h = el("h2");
      h.append(el("a", title, { href: pages + encodeURI(file), lang }));
      li.append(h, el("p", about, { lang }), el("p", facts, { className: "lic" }));
      list.append(li);
    }
    const text = n === 0 ? me.dataset.none : n === 1 ? me.dataset.one : me.dataset.many.replace("{n}", n);
    main.replaceChildren(el("h1", text + " – " + query, { className: "count" }), list);
    document.title = query;
  })();
})();
