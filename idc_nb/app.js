// The page of the application (nbs/88_app.ipynb): what the server knows, shown; what a person does, sent. It keeps nothing of its own.
import painter from './mask_painter.js';
import viewer from './viewer.js';

// ---- Elements

const byId = id => document.getElementById(id);

function make(name, props = {}, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(props)) {
    if (v === undefined || v === null) continue;
    if (/^(aria|data)-|^(role|for|list)$/.test(k)) e.setAttribute(k, v); else e[k] = v;
  }
  e.append(...children.flat().filter(c => c !== null && c !== undefined));
  return e;
}

const button = (text, act, props = {}) => make('button', {type: 'button', textContent: text, onclick: act, ...props});

// The children of `list` are those of `items`, by their ids; each stays the same element, so that focus stays where it is
function keyed(list, items, create, update) {
  const old = new Map([...list.children].map(e => [e.dataset.id, e]));
  const now = items.map(item => {
    const e = old.get(String(item.id)) ?? create(item);
    e.dataset.id = item.id;
    update(e, item);
    return e;
  });
  old.forEach((e, id) => { if (!items.some(item => String(item.id) === id)) e.remove(); });
  now.forEach((e, i) => { if (list.children[i] !== e) list.insertBefore(e, list.children[i] ?? null); });
}

const set = (e, k, v) => { if (e[k] !== v) e[k] = v; };

// ---- Words

const time = s => s < 1.5 ? 'a second' : s < 90 ? `${Math.round(s)} s` : s < 5400 ? `${Math.round(s/60)} min` : `${Math.round(s/3600)} h`;
const count = (n, what) => `${n} ${what}${n === 1 ? '' : 's'}`;

function stateWords(p) {
  const made = p.count ? count(p.count, 'completion') : '';
  const working = {waiting: `waits for its turn, number ${p.turn}`, training: `${Math.round(100*(p.share ?? 0))} %${p.left && p.share > .03 ? `, about ${time(p.left)} left` : ''}`, paused: 'paused'}[p.state];
  return working ?? {new: p.painted ? 'painted' : 'nothing painted yet', failed: 'stopped by a problem', stopped: made ? `${made}; stopped early, can go on` : 'stopped, can go on'}[p.state] ?? (made || 'no completions yet');
}

const WORKING = ['waiting', 'training', 'paused'];

// ---- Talking with the server

class Trouble extends Error {}

async function ask(method, what, {id, args = {}, body, json} = {}) {
  const query = new URLSearchParams(Object.entries(args).filter(([, v]) => v !== undefined && v !== null));
  const url = `api/${id ? `p/${id}/` : ''}${what}${query.size ? `?${query}` : ''}`;
  let answer;
  try { answer = await fetch(url, {method, headers: {'X-IDC': '1'}, body: json ? JSON.stringify(json) : body}); }
  catch { throw new Trouble('The program cannot be reached. What is finished is kept; start idc_app again.'); }
  if (!answer.ok) {
    const words = await answer.json().then(x => x.error, () => null);
    throw new Trouble(words ?? `The program answered ${answer.status}.`);
  }
  return answer.headers.get('Content-Type')?.startsWith('application/json') ? answer.json() : answer.arrayBuffer();
}

function problem(text) { byId('problem').hidden = !text; byId('problem').firstElementChild.textContent = text ?? ''; }
function status(text) { byId('status').textContent = text ?? ''; }

// What a person does: an earlier problem is gone, a new one is told
async function doing(f, words) {
  problem();
  if (words) status(words);
  try { return await f(); }
  catch (e) { problem(e instanceof Trouble ? e.message : `The page itself has a problem: ${e.message}`); if (!(e instanceof Trouble)) console.error(e); }
  finally { if (words && byId('status').textContent === words) status(); }
}

let socket, retry = 500;
function listen() {
  socket = new WebSocket(new URL('events', location.href.replace(/^http/, 'ws').split(/[?#]/)[0]));
  socket.onopen = () => { retry = 500; byId('lost').hidden = true; present(); refresh(); };
  socket.onmessage = e => heard(JSON.parse(e.data));
  socket.onclose = () => {
    byId('lost').textContent = 'The program has ended or cannot be reached. What was finished is kept. Start idc_app again and open the address that it prints.';
    byId('lost').hidden = false;
    setTimeout(listen, retry = Math.min(5000, retry*1.5));
  };
}
const present = () => { if (socket.readyState === 1) socket.send(JSON.stringify({at: here.id ?? null, paint: here.at === 'paint'})); };

// What the server tells goes to what is seen; lists are asked for anew, at most a few times a second
let due = null;
function refresh() { due ??= setTimeout(() => { due = null; here.page?.refresh?.().catch(e => problem(e.message)); }, 120); }
function heard(event) {
  if (event.is === 'speed') speed = event.speed;
  if (event.project === here.id) {
    if (event.is === 'failed') problem(event.what);
    if (event.is === 'warned') status(event.what);
    here.page?.heard?.(event);
  }
  if (!here.id || (event.project === here.id && event.is !== 'training')) refresh();
  else if (!here.id && event.is === 'training') refresh();
}

// ---- Asking a person

function dialog(title, fields, yes, no = 'Cancel') {
  const d = byId('dialog'), ok = make('button', {className: 'main', textContent: yes, value: 'yes'});
  d.replaceChildren(make('form', {method: 'dialog'}, make('h2', {id: 'dialog-title', textContent: title}), ...fields,
    make('div', {className: 'row last-first'}, ok, make('button', {textContent: no, value: 'no', formNoValidate: true})))); // Enter is yes
  d.returnValue = 'no';
  d.showModal();
  return new Promise(done => { d.onclose = () => done(d.returnValue === 'yes'); });
}

async function rename(p) {
  const input = make('input', {type: 'text', value: p.name, maxLength: 80, required: true});
  if (await dialog('Give it another name', [make('label', {}, 'Name', input)], 'Rename')) await doing(() => ask('POST', 'rename', {id: p.id, json: {name: input.value}}));
  refresh();
}

async function remove(p) {
  const text = make('p', {textContent: `“${p.name}” and its ${count(p.count, 'completion')} will be deleted from this machine. This cannot be undone. Your own file stays.`});
  if (await dialog('Delete it?', [text], 'Delete')) { await doing(() => ask('DELETE', 'photograph', {id: p.id})); if (here.id === p.id) location.hash = '#/'; else refresh(); }
}

// ---- Opening

async function open(files) {
  const opened = [];
  for (const f of files) {
    const made = await doing(() => ask('POST', 'open', {args: {name: f.name || 'pasted.png'}, body: f}), `Opening ${f.name || 'the picture'} …`);
    if (made) opened.push(made.id);
  }
  if (opened.length === 1 && files.length === 1) location.hash = `#/p/${opened[0]}`; else { if (here.id) location.hash = '#/'; refresh(); }
}

const picked = make('input', {type: 'file', accept: 'image/*,.tif,.tiff,.heic,.heif', multiple: true, hidden: true, tabIndex: -1, 'aria-label': 'photographs'});
picked.onchange = () => { open([...picked.files]); picked.value = ''; };
document.body.append(picked);

const carriesFiles = e => [...(e.dataTransfer?.types ?? [])].includes('Files');
addEventListener('dragover', e => { if (carriesFiles(e)) { e.preventDefault(); byId('drop').hidden = false; } });
addEventListener('dragleave', e => { if (!e.relatedTarget) byId('drop').hidden = true; });
addEventListener('drop', e => { byId('drop').hidden = true; if (carriesFiles(e)) { e.preventDefault(); open([...e.dataTransfer.files]); } });
addEventListener('paste', e => { const files = [...(e.clipboardData?.files ?? [])].filter(f => f.type.startsWith('image/')); if (files.length) open(files); });

// ---- The first page

function startPage() {
  const samples = make('ul', {className: 'tiles'}), cards = make('ul', {className: 'cards'}), yours = make('h2', {textContent: 'Your photographs', hidden: true});
  const element = make('div', {},
    make('div', {className: 'hero'},
      make('div', {},
        make('h1', {textContent: 'Take something out of a photograph, and choose what takes its place.', tabIndex: -1}),
        make('p', {textContent: 'It shows you many ways to fill the gap, drawn from the photograph itself, at its full size. All of it happens on this machine: no cloud, no account, nothing is downloaded.'}),
        make('div', {className: 'opening'}, button('Open photographs …', () => picked.click(), {className: 'main'}), make('span', {className: 'soft', textContent: 'or drop them on this page, or paste one'}))),
      make('figure', {}, make('img', {src: 'example.jpg', width: 899, height: 338, alt: 'A flower in a meadow is painted over; five completions without it follow, each with other flowers.'}))),
    yours, cards,
    make('h2', {textContent: 'Or try one of these'}), samples);

  const card = p => {
    const li = make('li', {className: 'card'}), link = make('a', {href: `#/p/${p.id}`}, make('img', {alt: '', loading: 'lazy'}), make('strong'));
    li.append(link, make('progress', {max: 1, 'aria-label': 'done'}), make('p'),
      make('div', {className: 'row'}, button('Rename', () => rename(li.p), {className: 'quiet'}), button('Delete', () => remove(li.p), {className: 'quiet'}),
        button('Stop', () => doing(() => ask('POST', 'do', {id: p.id, json: {do: 'stop'}})), {className: 'quiet'})));
    return li;
  };
  const fill = (li, p) => {
    li.p = p;
    const [link, bar, words, row] = li.children, [again, del, stop] = row.children;
    set(link.lastElementChild, 'textContent', p.name);
    if (p.fault) { link.removeAttribute('href'); set(words, 'textContent', p.fault); bar.hidden = stop.hidden = again.hidden = true; return; }
    const src = p.cover === null ? `api/p/${p.id}/photo?size=480` : `api/p/${p.id}/made?k=${p.cover}&size=480`;
    if (link.firstElementChild.getAttribute('src') !== src) link.firstElementChild.src = src;
    set(words, 'textContent', stateWords(p));
    bar.hidden = !['training', 'paused'].includes(p.state);
    bar.value = p.share ?? 0;
    bar.setAttribute('aria-label', `${p.name}: done`);
    stop.hidden = !WORKING.includes(p.state);
    del.hidden = p.busy;
    for (const [b, word] of [[again, 'Rename'], [del, 'Delete'], [stop, 'Stop']]) b.setAttribute('aria-label', `${word} ${p.name}`);
  };
  return {
    element,
    async refresh() {
      const data = await ask('GET', 'start');
      yours.hidden = !data.projects.length;
      keyed(cards, data.projects, card, fill);
      keyed(samples, Object.entries(data.samples).map(([id, words]) => ({id, words})), s => make('li', {}, make('button', {type: 'button', onclick: () => doing(async () => {
        location.hash = `#/p/${(await ask('POST', 'sample', {json: {name: s.id}})).id}`;
      }, 'Opening the sample …')}, make('img', {src: `api/sample?name=${s.id}`, alt: '', loading: 'lazy'}), make('span', {textContent: s.words}))), () => {});
    },
  };
}

// ---- A part of the page that could be a widget: what it needs of a model

function modelOf(values, {saved = () => {}, sent = () => {}} = {}) {
  const handlers = {}, changed = new Set();
  const fire = (name, ...args) => [...(handlers[name] ?? [])].forEach(f => f(...args));
  return {
    get: k => values[k],
    set(k, v) { if (values[k] !== v) { values[k] = v; changed.add(k); fire(`change:${k}`); } },
    save_changes() { const keys = [...changed]; changed.clear(); if (keys.length) saved(keys); },
    on(name, f) { (handlers[name] ??= []).push(f); },
    off(name, f) { handlers[name] = (handlers[name] ?? []).filter(g => g !== f); },
    send: (content, callbacks, buffers = []) => sent(content, buffers),
    put(changes) { for (const [k, v] of Object.entries(changes)) if (values[k] !== v) { values[k] = v; fire(`change:${k}`); } },
    message: (content, buffers = []) => fire('msg:custom', content, buffers),
  };
}

// Changes go one after the other, only the newest of those that wait
function newest(send) {
  let running = null, next = null;
  const run = async () => { while (next) { const f = next; next = null; await send(f); } running = null; };
  const push = value => { next = value; running ??= run(); return running; };
  push.done = () => running ?? Promise.resolve();
  return push;
}

// ---- One photograph: head, work that goes on, and the step that is seen

const STEPS = [['paint', '1  Paint'], ['look', '2  Choose']];

function head(id, step) {
  const title = make('h1', {tabIndex: -1}), steps = make('nav', {className: 'steps', 'aria-label': 'Steps'});
  const links = STEPS.map(([name, text]) => make('a', {href: `#/p/${id}/${name}`, textContent: text}));
  links.forEach((a, i) => { if (STEPS[i][0] === step) a.setAttribute('aria-current', 'step'); });
  steps.append(...links);
  const from = make('p', {className: 'soft', hidden: true}), said = make('p', {className: 'soft whole', hidden: true}); // where it comes from; how the last training ended
  const element = make('div', {className: 'head'}, title, steps, button('Rename', () => rename(element.p), {className: 'quiet'}), button('Delete', () => remove(element.p), {className: 'quiet'}), from, said);
  element.show = p => {
    element.p = p;
    set(title, 'textContent', p.name);
    document.title = `${p.name} – idc_nb`;
    said.hidden = !p.note || WORKING.includes(p.state) || p.state === 'ready';
    set(said, 'textContent', p.note ?? '');
    from.hidden = !p.parent;
    if (p.parent && !from.firstChild) from.append('goes on from ', make('a', {href: `#/p/${p.parent[0]}/look`, textContent: `completion ${p.parent[1]} of another photograph`}));
  };
  return element;
}

function workBar(id) {
  const bar = make('progress', {max: 1, 'aria-label': 'Learning the photograph'}), words = make('p');
  const order = what => () => doing(() => ask('POST', 'do', {id, json: {do: what}}));
  const pause = button('Pause', () => order(pause.dataset.do)()), enough = button('Good enough, stop', order('stop'));
  const element = make('section', {className: 'work-bar', hidden: true, 'aria-label': 'Work that goes on'}, make('div', {className: 'row spread'}, words, make('div', {className: 'row'}, pause, enough)), bar);
  element.show = p => {
    element.hidden = !WORKING.includes(p.state) && !p.busy;
    if (element.hidden) return;
    const waits = p.state === 'waiting', learning = ['training', 'paused'].includes(p.state);
    set(words, 'textContent', waits ? `Another photograph is being worked on. This one ${stateWords(p)}.` : learning
      ? `Learning what the photograph is like: ${stateWords(p)}. ${p.count ? 'First completions are below; better ones will take their place.' : 'First completions come in some seconds.'}` : 'Drawing completions …');
    if (learning) bar.value = p.share ?? 0; else bar.removeAttribute('value');
    bar.hidden = waits;
    pause.hidden = !learning;
    set(pause, 'textContent', p.state === 'paused' ? 'Go on' : 'Pause');
    pause.dataset.do = p.state === 'paused' ? 'resume' : 'pause';
    set(enough, 'textContent', waits ? 'Do not wait' : learning && p.count ? 'Good enough, stop' : 'Stop');
  };
  element.heard = (e, p) => { if (e.is === 'training') element.show(Object.assign(p, {state: e.state ?? 'training', share: e.share, left: e.left})); };
  return element;
}

const DIVERSITY = 'How different they are from each other', KINDS = {quick: ['Sharp, at the photograph’s own size', 'quick'], paper: ['Learned as in the paper: at 256 pixels, for hours', 'paper']};

function slider(words, ends, props) {
  const input = make('input', {type: 'range', 'aria-label': words, ...props}), shown = make('output', {className: 'soft'});
  const show = () => { shown.textContent = ` ${input.value}`; };
  input.addEventListener('input', show);
  show();
  return {input, element: make('div', {className: 'field'}, make('label', {}, make('span', {}, words, shown), input), ends && make('div', {className: 'ends', 'aria-hidden': 'true'}, make('span', {textContent: ends[0]}), make('span', {textContent: ends[1]})))};
}

const number = (words, value, props) => { const input = make('input', {type: 'number', value, ...props}); return {input, element: make('div', {className: 'field'}, make('label', {}, make('span', {textContent: words}), input))}; };

// ---- Painting

async function paintPage(id, p) {
  const [hole, source] = await Promise.all(['hole', 'source'].map(what => ask('GET', what, {id})));
  const values = {width: p.width, height: p.height, photo: new Uint8Array(), photo_url: `api/p/${id}/photo`, bits: view(hole, p.width*p.height), within: new Uint8Array(), around: new Uint8Array(),
    source: source.byteLength ? new DataView(source) : new Uint8Array(), source_kind: p.source_kind ?? '', with_source: true, can_select: true, busy: false, note: '', strokes: 0};
  const put = newest(async what => {
    const {bits, source, source_kind} = values;
    await doing(async () => {
      if (what.bits) await ask('PUT', 'hole', {id, body: bits});
      if (what.source) await ask('PUT', 'source', {id, args: {kind: source_kind}, body: source});
    });
  });
  const model = modelOf(values, {saved: keys => changed(keys), sent: (content, buffers) => sent(content, buffers)});
  let owed = {};
  function changed(keys) {
    owed = {bits: owed.bits || keys.includes('bits'), source: owed.source || keys.some(k => k.startsWith('source'))};
    const now = owed;
    put(now).then(() => { owed = {}; });
    outline();
  }
  const layer = content => content.layer === 'source' ? 'source' : 'bits';
  async function sent(content, buffers) {
    model.put({busy: true, note: ''});
    try {
      let bits;
      if (content.load) bits = await ask('POST', 'load', {id, args: {name: content.load}, body: buffers[0]});
      if (content.morph) bits = await ask('POST', 'morph', {id, args: content.morph, body: values[layer(content)]});
      if (content.select) bits = combined(values[layer(content)], await ask('POST', 'select', {id, json: content.select}), content.select.erase);
      model.put({[layer(content)]: new DataView(bits), strokes: values.strokes + 1});
      changed([layer(content)]);
    } catch (e) { model.put({note: e.message}); }
    model.put({busy: false});
  }

  // -- what is asked for beside the hole
  const kinds = Object.entries(KINDS).map(([preset, [words]]) => [preset, make('input', {type: 'radio', name: 'preset', value: preset, checked: (p.preset ?? 'quick') === preset}), words, make('span', {className: 'soft'})]);
  const preset = () => kinds.find(k => k[1].checked)[0];
  const itself = make('input', {type: 'checkbox', checked: p.grow === null || p.grow === undefined}), grow = number('Grow the hole by, pixels', p.grow ?? 0, {min: 0, max: 500});
  const edges = ['only the hole changes', 'blended into what is around, as published'].map((words, i) => [make('input', {type: 'radio', name: 'edges', checked: !!p.surroundings === !!i}), words]);
  const different = slider(DIVERSITY, ['details', 'structure'], {min: 1, max: 8, value: 4}), n = number('How many', 8, {min: 1, max: 64});
  const seed = number('Another beginning (seed)', 0, {min: 0, max: 99999});
  const go = make('button', {className: 'main', textContent: 'Fill the hole'}), hint = make('p', {className: 'soft'});
  const form = make('form', {onsubmit: e => { e.preventDefault(); start(); }},
    make('h2', {textContent: 'Paint over what should go.'}),
    make('p', {className: 'soft', textContent: 'Its shadow too. You need not be exact. “Select” finds an object from a click.'}),
    make('div', {className: 'field'}, go, hint),
    different.element, n.element,
    make('details', {}, make('summary', {textContent: 'More choices'}),
      make('fieldset', {className: 'field'}, make('legend', {textContent: 'What you get'}), ...kinds.map(([, input, words, took]) => make('label', {className: 'choice'}, input, make('span', {}, words, took)))),
      make('fieldset', {className: 'field'}, make('legend', {textContent: 'The edge'}), ...edges.map(([input, words]) => make('label', {className: 'choice'}, input, words))),
      make('label', {className: 'choice'}, itself, 'grow the hole a little, by itself'), grow.element, seed.element));
  form.addEventListener('change', outline);
  const side = make('div', {className: 'side'}, form);

  let outlining = 0;
  const grown = () => itself.checked ? null : +grow.input.value;
  function outline() {
    grow.input.disabled = itself.checked;
    clearTimeout(outlining);
    outlining = setTimeout(async () => {
      try {
        if (edges[1][0].checked) { if (![...new Uint8Array(values.bits.buffer)].some(Boolean)) return; await put.done(); await ask('POST', 'do', {id, json: {do: 'around', preset: preset(), grow: grown(), diversity: +different.input.value}}); }
        else model.put({around: new DataView(await ask('POST', 'outline', {id, args: {preset: preset(), grow: grown()}, body: values.bits}))});
      } catch {}                                           // said when it is to be filled
    }, 400);
  }
  async function start() {
    await put.done();
    if (!values.strokes && !page.p.painted) return problem('Paint something first: over what should go.');
    const order = {do: 'train', preset: preset(), grow: grown(), n: +n.input.value, diversity: +different.input.value, seed: +seed.input.value, surroundings: edges[1][0].checked};
    if (WORKING.includes(page.p.state)) {
      if (!await dialog('Begin anew?', [make('p', {textContent: 'It is still learning with the hole as it was before. That will be stopped; what was drawn stays.'})], 'Begin anew')) return;
      order.anew = true;
    }
    await doing(async () => { await ask('POST', 'do', {id, json: order}); location.hash = `#/p/${id}/look`; });
  }

  const host = make('div'), top = head(id, 'paint'), bar = workBar(id);
  const close = painter.render({model, el: host});
  const page = {
    p, element: make('div', {}, top, bar, make('div', {className: 'desk'}, host, side)),
    show(p) {
      page.p = p;
      top.show(p);
      bar.show(p);
      hint.textContent = speed.quick ? `About ${time(speed[preset()] ?? speed.quick)} to learn the photograph on this machine, then some seconds for each completion. First looks come sooner.` : '';
      for (const [name, , , took] of kinds) took.textContent = speed[name] ? `, about ${time(speed[name])} on this machine` : '';
    },
    async refresh() { page.show(await ask('GET', 'detail', {id})); },
    heard(e) { bar.heard(e, page.p); if (e.is === 'around') ask('GET', 'part', {id, args: {name: e.part}}).then(bits => model.put({around: new DataView(bits)}), () => {}); },
    close: () => { clearTimeout(outlining); close?.(); },
  };
  page.show(p);
  outline();
  return page;
}

const view = (buffer, n) => buffer.byteLength ? new DataView(buffer) : new DataView(new ArrayBuffer(Math.ceil(n/8)));

function combined(before, more, erase) {
  const a = new Uint8Array(before.buffer ?? before, before.byteOffset ?? 0, before.byteLength), b = new Uint8Array(more), out = new Uint8Array(b.length);
  for (let i = 0; i < b.length; i++) out[i] = erase ? a[i] & ~b[i] : a[i] | b[i];
  return out.buffer;
}

// ---- Choosing

const FORMATS = {png: 'PNG', jpg: 'JPEG', tiff: 'TIFF', webp: 'WebP'};

async function save(id, args, words) {
  await doing(async () => {
    const {token, name} = await ask('POST', 'save', {id, args});
    make('a', {href: `api/p/${id}/ready?token=${token}`, download: name}).click();
    status(`${name} is saved where your browser keeps downloads.`);
  }, words);
}

async function lookPage(id, p) {
  const outline = ask('GET', 'hole', {id}), model = modelOf({pictures: [], original: {src: `api/p/${id}/photo?size=1600`, full: `api/p/${id}/photo`}, width: p.width, height: p.height, index: 0, against: -1,
    outline: new Uint8Array(), outline_width: p.width, outline_height: p.height, around: new Uint8Array()},
    {sent: content => { if (content.star && content.id !== 'drawn') doing(() => ask('POST', 'star', {id, json: {k: content.id, star: content.star[1]}})); }});
  const entries = () => model.get('pictures'), chosen = () => entries()[model.get('index')];
  const best = button('Best first', () => { best.setAttribute('aria-pressed', best.getAttribute('aria-pressed') !== 'true'); show(page.p); }, {'aria-pressed': 'false', title: 'Those whose pieces fit best come first'});

  function details(m, p) {
    const parts = [m.first ? 'a first look; better ones come when it has learned more' : `difference ${m.diversity}`];
    if (m.of !== null && m.of !== undefined) parts.push(`a part of completion ${m.of} drawn again`);
    return parts.join(', ');
  }
  let last = '';
  function pictures(p) {
    const made = new Map(p.made.map(m => [m.k, m])), order = best.getAttribute('aria-pressed') === 'true' ? p.best : p.made.map(m => m.k);
    const now = order.filter(k => made.has(k)).map(k => made.get(k)).map(m => ({id: String(m.k), thumb: `api/p/${id}/made?k=${m.k}&size=512`, src: `api/p/${id}/made?k=${m.k}&size=1600`, full: `api/p/${id}/made?k=${m.k}`,
      label: m.first ? 'First look' : `Completion ${m.number}`, details: details(m, p), starred: m.star, pending: false}));
    const drawn = p.files.find(f => f.name === 'preview-drawn.jpg');
    if (!now.length && drawn && WORKING.includes(p.state)) now.push({id: 'drawn', src: `api/p/${id}/file?name=${drawn.name}&v=${drawn.version}`, label: 'First look', details: 'a sketch; better ones come when it has learned more', starred: false, pending: false});
    if (JSON.stringify(now) === last) return;
    const before = chosen()?.id, at = now.findIndex(e => e.id === before);
    last = JSON.stringify(now);
    model.put({pictures: now});
    model.put({index: Math.max(0, at >= 0 ? at : Math.min(model.get('index'), now.length - 1))});
  }

  // -- more of them
  const different = slider(DIVERSITY, ['details', 'structure'], {min: 1, max: 8, value: 4}), n = number('How many', 4, {min: 1, max: 64});
  const noise = number('Noise variance', '', {min: 0, max: 100, step: .1, placeholder: 'as trained'}), seed = number('Seed', '', {min: 0, max: 99999, placeholder: 'a new one'});
  const further = button('Learn further', () => doing(() => ask('POST', 'do', {id, json: {do: 'train', n: +n.input.value, diversity: +different.input.value, surroundings: !!page.p.surroundings}})), {title: 'Go on where it was stopped'});
  const more = make('form', {onsubmit: e => {
    e.preventDefault();
    const used = page.p.made.map(m => m.seed), given = seed.input.value;
    doing(() => ask('POST', 'do', {id, json: {do: 'draw', n: +n.input.value, diversity: +different.input.value, seed: given === '' ? Math.max(-1, ...used) + 1 : +given,
      noise_var: noise.input.value === '' ? null : +noise.input.value, surroundings: !!page.p.surroundings}}), 'Drawing more …');
  }}, make('h2', {textContent: 'More'}), different.element, n.element, make('div', {className: 'row'}, make('button', {textContent: 'Draw more'}), further));

  const roll = button('Draw a part again …', () => { const m = chosen(); if (m) location.hash = `#/p/${id}/part/${m.id}`; });
  const again = button('Fill another hole in it …', () => doing(async () => { const m = chosen(); if (m) location.hash = `#/p/${(await ask('POST', 'again', {id, json: {k: m.id}})).id}/paint`; }, 'Taking it over …'));
  const tidy = button('Delete all without a star …', async () => {
    const ks = page.p.made.filter(m => !m.star).map(m => m.k);
    if (await dialog('Delete them?', [make('p', {textContent: `${count(ks.length, 'completion')} without a star will be deleted. They can be drawn again with the same seed.`})], 'Delete')) doing(() => ask('POST', 'forget', {id, json: {ks}}));
    refresh();
  }, {className: 'quiet'});
  const on = make('section', {}, make('h2', {textContent: 'Go on from this one'}), make('div', {className: 'row'}, roll, again));

  // -- keeping
  const format = make('select', {}, ...Object.entries(FORMATS).map(([value, text]) => make('option', {value, textContent: text}))), layer = make('input', {type: 'checkbox'});
  const how = () => ({format: format.value, layer: layer.checked ? 1 : undefined});
  const film = button('A film', () => doing(async () => { await ask('POST', 'do', {id, json: {do: 'film', n: 4, frames: 12, diversity: +different.input.value, seed: 0}}); filming.textContent = 'The film is being made …'; }));
  const filming = make('p', {className: 'soft', role: 'status'});
  const keep = make('section', {}, make('h2', {textContent: 'Keep'}),
    make('div', {className: 'row'}, make('label', {}, 'as ', format), make('label', {className: 'choice'}, layer, 'the hole alone, as a layer')),
    make('p', {className: 'soft', textContent: `${p.width} × ${p.height} pixels, ${p.bits} bits: the photograph’s own size, profile and EXIF data.`}),
    make('div', {className: 'field row'}, button('Save this one', () => chosen() && save(id, {what: 'one', k: chosen().id, ...how()}, 'Writing it …'), {className: 'main'}),
      button('Favourites', () => save(id, {what: 'favourites', ...how()}, 'Writing the favourites …')), button('All in one picture', () => save(id, {what: 'sheet'}, 'Making the sheet …')), film, button('Everything', () => save(id, {what: 'folder'}, 'Packing …'), {title: 'The whole folder of this photograph, to go on with anywhere'})), filming);

  // -- for those who want to know
  const figures = make('div', {className: 'figures'}), losses = make('p', {className: 'soft'});
  const inside = make('details', {className: 'inside'}, make('summary', {textContent: 'Details'}), make('div', {className: 'row numbers'}, noise.element, seed.element), losses, figures);
  const FIGURES = {'std.jpg': 'Where completions differ: standard deviation, 0 (black) to 60 levels', 'preview-drawn.jpg': 'What a completion would have been before the training ended', 'preview-photograph.jpg': 'The photograph at the scale in training', 'preview-fake.jpg': 'A fake of this scale', 'preview-reconstruction.jpg': 'The reconstruction of this scale', 'preview-naive.jpg': 'The naive completion'};
  function files(p) {
    keyed(figures, p.files.map(f => ({id: f.name, ...f})), f => make('figure', {}, make('img', {alt: ''}), make('figcaption')), (e, f) => {
      const src = `api/p/${id}/file?name=${encodeURIComponent(f.name)}&v=${f.version}`;
      if (e.firstChild.getAttribute('src') !== src) e.firstChild.src = src;
      set(e.lastChild, 'textContent', FIGURES[f.name] ?? (/^area-(\d+)/.test(f.name) ? `Where noise is fresh, scale ${+/\d+/.exec(f.name)[0] + 1}` : f.name));
    });
  }

  const host = make('div'), top = head(id, 'look'), bar = workBar(id), side = make('div', {className: 'side'}, on, more, keep, tidy);
  top.insertBefore(best, top.children[2]);
  const nothing = make('p', {}, 'Nothing is drawn yet. ', make('a', {href: `#/p/${id}/paint`, textContent: 'Paint over what should go'}), ', then press “Fill the hole”.');
  const element = make('div', {}, top, bar, nothing, make('div', {className: 'desk'}, host, side), inside);
  function show(p) {
    page.p = p;
    top.show(p);
    bar.show(p);
    nothing.hidden = p.made.length > 0 || WORKING.includes(p.state) || p.busy;
    best.hidden = !p.made.length;
    side.hidden = inside.hidden = !p.made.length;
    const learned = p.trained;
    further.hidden = p.state !== 'stopped' || !learned || p.busy;
    for (const b of [roll, more.lastElementChild.firstElementChild, film]) b.disabled = !learned || WORKING.includes(p.state);
    pictures(p);
    host.hidden = !entries().length;
    if (inside.open) files(p);
  }
  inside.ontoggle = () => { if (inside.open) files(page.p); };
  const close = viewer.render({model, el: host});
  outline.then(bits => model.put({outline: bits.byteLength ? new DataView(bits) : new Uint8Array()}), () => {});
  if (p.surroundings && p.made.length) ask('GET', 'changed', {id, args: {k: p.made.at(-1).k}}).then(bits => model.put({around: new DataView(bits)}), () => {});
  const page = {
    p, element, close: () => close?.(),
    async refresh() { show(await ask('GET', 'detail', {id})); },
    heard(e) {
      bar.heard(e, page.p);
      if (e.is === 'training' && e.losses && inside.open) losses.textContent = Object.entries(e.losses).map(([k, v]) => `${k} ${v.toPrecision(3)}`).join(', ');
      if (e.is === 'progress') filming.textContent = `The film is being made: ${Math.round(100*e.share)} %`;
      if (e.is === 'failed') filming.textContent = '';
      if (e.is === 'film') { filming.textContent = 'The film is ready.'; save(id, {what: 'film'}, 'Saving the film …'); }
    },
  };
  show(p);
  return page;
}

// ---- Drawing a part again

async function partPage(id, p, k) {
  const within = await ask('GET', 'changed', {id, args: {k}});
  const values = {width: p.width, height: p.height, photo: new Uint8Array(), photo_url: `api/p/${id}/made?k=${k}`, bits: view(new ArrayBuffer(0), p.width*p.height), within: view(within, p.width*p.height), around: new Uint8Array(),
    source: new Uint8Array(), source_kind: '', with_source: false, can_select: false, busy: false, note: '', strokes: 0};
  const model = modelOf(values), different = slider('How different', ['details', 'structure'], {min: 1, max: 8, value: 4}), n = number('How many', 4, {min: 1, max: 24});
  const form = make('form', {onsubmit: e => {
    e.preventDefault();
    doing(async () => { await ask('POST', 'roll', {id, args: {of: k, n: n.input.value, diversity: different.input.value}, body: values.bits}); location.hash = `#/p/${id}/look`; }, 'Drawing it again …');
  }}, make('h2', {textContent: 'Paint over the part that is not good.'}), make('p', {className: 'soft', textContent: 'Only that part is drawn again. Everything else stays as it is in this completion, to the byte.'}),
    different.element, n.element, make('button', {className: 'main', textContent: 'Draw this part again'}), make('p', {}, make('a', {href: `#/p/${id}/look`, textContent: 'Back without a change'})));
  const host = make('div'), top = head(id, 'look'), bar = workBar(id), close = painter.render({model, el: host});
  const page = {
    p, element: make('div', {}, top, bar, make('div', {className: 'desk'}, host, make('div', {className: 'side'}, form))), close: () => close?.(),
    async refresh() { page.p = await ask('GET', 'detail', {id}); top.show(page.p); bar.show(page.p); }, heard: e => bar.heard(e, page.p),
  };
  top.show(p);
  bar.show(p);
  return page;
}

// ---- Which page is seen: the address says it, so reloading and going back work

let here = {}, speed = {}, turn = 0;

async function go() {
  const [, , id, step, k] = (location.hash || '#/').split('/'), mine = ++turn;
  problem();
  const old = here.page;
  await doing(async () => {
    let page, at;
    if (id) {
      const p = await ask('GET', 'detail', {id});
      at = step ?? (p.made.length || WORKING.includes(p.state) ? 'look' : 'paint');
      page = at === 'part' ? await partPage(id, p, +k) : at === 'look' ? await lookPage(id, p) : await paintPage(id, p);
    } else { page = startPage(); document.title = 'idc_nb'; }
    if (mine !== turn) return page.close?.();              // somebody went on meanwhile
    old?.close?.();
    here = {id, at, page};
    byId('main').replaceChildren(page.element);
    if (old) (page.element.querySelector('h1') ?? byId('main')).focus({preventScroll: true});
    scrollTo(0, 0);
    present();
    await page.refresh();
  }, id ? 'Opening …' : undefined);
  if (!byId('main').firstChild) { // the photograph is not there: the first page, and the reason above it
    here = {page: startPage()};
    byId('main').append(here.page.element);
    refresh();
  }
}

byId('problem').lastElementChild.onclick = () => problem();
addEventListener('hashchange', go);
if (new URLSearchParams(location.search).has('token')) history.replaceState(null, '', location.pathname + location.hash); // the cookie has it now
listen();
ask('GET', 'start').then(data => { speed = data.speed ?? {}; }, () => {}).then(go);
