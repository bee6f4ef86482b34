// The front end of Viewer (nbs/82_viewer.ipynb): one large picture of a completion, and ways to compare it.
// Positions are in pixels of the photograph unless they are called device pixels, of which the canvas has one for each of the screen.

export const bytes = view => view ? new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength) : new Uint8Array();
const clamp = (x, low, high) => Math.max(low, Math.min(high, x));

// ---- Pictures by id and kind: 'thumb', 'src' or 'full'. A source is an address, the bytes of a file, or true: to be asked for

function same(a, b) {
  if (a === b || typeof a !== 'object' || typeof b !== 'object' || !a || !b) return a === b;
  const [x, y] = [bytes(a), bytes(b)];
  return x.length === y.length && x.every((v, i) => v === y[i]);
}

class Shelf {
  constructor(ask, changed) { this.slots = new Map(); this.ask = ask; this.changed = changed; this.clock = 0; }
  put(id, kind, source) {
    const key = `${kind} ${id}`, old = this.slots.get(key);
    if (old && same(old.source, source)) return;
    if (old) this.drop(key);
    if (!source) return;
    const slot = {id, kind, source, url: typeof source === 'string' ? source : null};
    this.slots.set(key, slot);
    if (typeof source === 'object') this.fill(slot, source);
  }
  fill(slot, data) { slot.own = true; slot.url = URL.createObjectURL(new Blob([bytes(data)])); }
  answer(id, kind, data) { // what was asked for
    const slot = this.slots.get(`${kind} ${id}`);
    if (slot?.source === true && !slot.url) this.fill(slot, data);
  }
  url(id, kind) {
    const slot = this.slots.get(`${kind} ${id}`);
    if (slot?.source === true && !slot.asked) { slot.asked = true; this.ask(id, kind); }
    return slot?.url;
  }
  image(id, kind) { // decoded; or null, and it is on its way
    const url = this.url(id, kind), slot = this.slots.get(`${kind} ${id}`);
    if (!url || slot.failed) return null;
    slot.used = ++this.clock;
    if (!slot.image) {
      const image = slot.image = new Image();
      image.src = url;
      image.decode().then(() => { slot.ready = true; }, () => { slot.failed = slot.image === image; }).then(this.changed);
    }
    return slot.ready ? slot.image : null;
  }
  failed(id) { return !!this.slots.get(`src ${id}`)?.failed; }
  drop(key) {
    const slot = this.slots.get(key);
    if (slot.own && slot.url) URL.revokeObjectURL(slot.url);
    this.slots.delete(key);
  }
  keep(ids) { for (const [key, slot] of this.slots) if (!ids.has(slot.id)) this.drop(key); }
  forget(most = 4) { // full pictures take 4 bytes a pixel: only the last few stay decoded
    const full = [...this.slots.values()].filter(s => s.kind === 'full' && s.image).sort((a, b) => b.used - a.used);
    for (const slot of full.slice(most)) { slot.image = null; slot.ready = false; }
  }
}

// ---- The outline of a mask: closed lines between its pixels and others, as lists [x, y, x, y, ...] of corners

const STEP = [[1, 0], [0, 1], [-1, 0], [0, -1]]; // east, south, west, north: the mask is to the right of the way

export function contours(packed, w, h) {
  const leaving = new Map(), from = (x, y, d) => { const k = y*(w + 1) + x; leaving.set(k, (leaving.get(k) ?? 0) | 1 << d); };
  const on = i => packed[i >> 3] >> (7 - (i & 7)) & 1;
  for (let y = 0, i = 0; y < h; y++) for (let x = 0; x < w; x++, i++) {
    if (!(i & 7) && !packed[i >> 3] && x + 8 <= w) { x += 7; i += 7; continue; } // eight pixels that are not
    if (!on(i)) continue;
    if (!y || !on(i - w)) from(x, y, 0);
    if (x === w - 1 || !on(i + 1)) from(x + 1, y, 1);
    if (y === h - 1 || !on(i + w)) from(x + 1, y + 1, 2);
    if (!x || !on(i - 1)) from(x, y + 1, 3);
  }
  const lines = [];
  for (const start of leaving.keys()) for (let d = 0; d < 4; d++) if (leaving.get(start) & 1 << d) {
    const line = [];
    for (let k = start, way = d, before = -1; leaving.get(k);) {
      const ways = leaving.get(k);
      if (before >= 0) way = [before + 1, before, before + 3].map(v => v & 3).find(v => ways & 1 << v) ?? -1;
      if (way < 0) break;
      if (way !== before) line.push(k % (w + 1), Math.floor(k/(w + 1)));
      leaving.set(k, ways & ~(1 << way));
      k += STEP[way][0] + STEP[way][1]*(w + 1);
      before = way;
    }
    lines.push(line);
  }
  return lines;
}

export function boundingBox(lines) { // [left, top, right, bottom]
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const line of lines) for (let i = 0; i < line.length; i += 2) {
    box[0] = Math.min(box[0], line[i]); box[1] = Math.min(box[1], line[i + 1]);
    box[2] = Math.max(box[2], line[i]); box[3] = Math.max(box[3], line[i + 1]);
  }
  return box;
}

// What a thumbnail shows of a photograph of w x h: the hole and as much around it, [left, top, width, height]
export function around(box, w, h) {
  const ratio = clamp(w/h, .75, 1.6), most = Math.min(w, h*ratio);
  const wide = box[2] > box[0] ? Math.max(box[2] - box[0], (box[3] - box[1])*ratio, most/5) : most;
  const cw = Math.min(most, 1.5*wide), ch = cw/ratio;
  const [x, y] = box[2] > box[0] ? [(box[0] + box[2])/2, (box[1] + box[3])/2] : [w/2, h/2];
  return [clamp(x - cw/2, 0, w - cw), clamp(y - ch/2, 0, h - ch), cw, ch];
}

// ---- What is seen

const HELP = '← → browse, 1 to 9 jump, O or space shows the other, L line, B blink, F favourite, H outline, + − zoom, 0 fit, Z 1:1. ' +
  'The wheel zooms, dragging moves.';
const ORIGINAL = 'original';

function element(name, props = {}, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(props)) k === 'role' || k.startsWith('aria') || k.startsWith('data') ? e.setAttribute(k, v) : e[k] = v;
  e.append(...children);
  return e;
}

const write = (e, text) => { if (e.textContent !== text) e.textContent = text; }; // what is unchanged is not read out again

function scrolls(e) { // whether the wheel would move something around `e`
  for (let p = e.parentElement; p; p = p.parentElement) {
    const free = p === document.scrollingElement || /auto|scroll/.test(getComputedStyle(p).overflowY);
    if (free && p.scrollHeight > p.clientHeight + 1) return true;
  }
  return false;
}

function render({model, el}) {
  let pictures = [], index = 0, against = ORIGINAL, w = 0, h = 0;          // what the host says
  let fitted = true, zoom = 1, cx = 0, cy = 0;                             // device pixels per pixel; what is in the middle
  let mode = '', held = false, swapped = false, lined = false, share = .5; // how it is compared
  let hole = [], near = [], crop = null, frame = 0, timer = 0;
  const stars = new Map(), cells = new Map(), fingers = new Map();         // stars that the host has not heard of yet
  const shelf = new Shelf((id, kind) => model.send({want: [id, kind]}), () => { thumbs(); redraw(); });

  // -- structure
  const button = (text, name, key, act) => element('button', {type: 'button', textContent: text, title: key ? `${name}: ${key}` : name, 'aria-label': name, onclick: act});
  const toggle = (...args) => { const b = button(...args); b.setAttribute('aria-pressed', 'false'); return b; };
  const previous = button('←', 'Previous completion', '←', () => go(index - 1)), next = button('→', 'Next completion', '→', () => go(index + 1));
  const count = element('span', {className: 'idc-count'});
  const star = toggle('☆', 'Favourite', 'F', () => mark(index));
  const other = element('select', {'aria-label': 'Compare with', onchange: () => compare(other.value)});
  const hold = toggle('Hold', 'Show what it is compared with', 'hold O or space');
  const line = toggle('Line', 'Line between the two', 'L', () => choose('line')), blink = toggle('Blink', 'Blink between the two', 'B', () => choose('blink'));
  const outline = toggle('Outline', 'Outline of the hole', 'H', () => { lined = !lined; update(); });
  const out = button('−', 'Zoom out', '-', () => scale(1/1.25)), into = button('+', 'Zoom in', '+', () => scale(1.25));
  const fit = toggle('Fit', 'Fit', '0', () => toFit()), one = toggle('1:1', 'One to one', 'Z', () => toOne());
  fit.className = one.className = 'idc-quiet';
  const percent = element('span', {className: 'idc-percent'});
  const full = toggle('Full screen', 'Full screen', '', () => document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen());
  const group = (name, ...children) => element('div', {className: 'idc-group', role: 'group', 'aria-label': name}, ...children);
  const bar = element('div', {className: 'idc-vbar'}, group('Browse', previous, count, next, star),
    group('Compare', element('span', {textContent: 'Compare with'}), other, hold, line, blink), group('Look', outline, out, percent, into, fit, one, full));
  const canvas = element('canvas', {role: 'img'}), context = canvas.getContext('2d');
  const words = element('div', {className: 'idc-words'}), left = element('div', {className: 'idc-chip'}), right = element('div', {className: 'idc-chip idc-right'});
  const stage = element('div', {className: 'idc-vstage', tabIndex: 0, role: 'group', 'aria-label': 'Picture'}, canvas, words, left, right);
  const range = element('input', {type: 'range', min: 0, max: 100, step: 1, value: 50, className: 'idc-range', 'aria-label': 'Where the line is', hidden: true});
  const list = element('div', {className: 'idc-list', role: 'listbox', 'aria-label': 'Completions'}), marks = element('div', {className: 'idc-list'});
  const strip = element('div', {className: 'idc-strip'}, list, marks);
  const label = element('strong'), details = element('span'), live = element('div', {className: 'idc-live', 'aria-live': 'polite'});
  const root = element('div', {className: 'idc-viewer', 'data-lm-suppress-shortcuts': 'true', role: 'region', 'aria-label': 'Completions, large'}, bar,
    element('div', {className: 'idc-vmain'}, element('div', {className: 'idc-vleft'}, stage, range, element('div', {className: 'idc-caption'}, label, ' ', details)), strip),
    live, element('div', {className: 'idc-help', textContent: HELP}));
  el.append(root);

  // -- what is known of the pictures
  const starred = p => stars.get(p.id) ?? !!p.starred;
  const named = (p, i) => p.label || `Completion ${i + 1}`;
  const entry = id => pictures.find(p => p.id === id);
  const title = id => id === ORIGINAL ? 'Original' : named(entry(id), pictures.indexOf(entry(id)));
  const hasOriginal = () => !!model.get('original')?.src;
  const current = () => pictures[index]?.id ?? (hasOriginal() ? ORIGINAL : null);
  function opposite() { // what is compared with; null: nothing
    if (against !== ORIGINAL && against !== current() && entry(against)) return against;
    return hasOriginal() && current() !== ORIGINAL ? ORIGINAL : null;
  }

  function changed() { // the host has other pictures: whoever looks at one goes on looking at it
    const before = pictures[index]?.id, asked = model.get('index');
    pictures = model.get('pictures') ?? [];
    const stays = pictures.findIndex(p => p.id === before);
    const at = asked === index && stays >= 0 ? stays : clamp(asked, 0, Math.max(0, pictures.length - 1));
    for (const p of pictures) {
      for (const kind of ['thumb', 'src', 'full']) shelf.put(p.id, kind, p[kind]);
      if (stars.has(p.id) && stars.get(p.id) === !!p.starred) stars.delete(p.id);
    }
    const original = model.get('original') ?? {};
    for (const kind of ['src', 'full']) shelf.put(ORIGINAL, kind, original[kind]);
    shelf.keep(new Set([ORIGINAL, ...pictures.map(p => p.id)]));
    index = at;
    if (at !== asked) tell({index: at});
    if (against !== ORIGINAL) {
      const k = pictures.findIndex(p => p.id === against);
      if (k < 0) against = ORIGINAL;
      if (k !== model.get('against')) tell({against: k});
    }
    [w, h] = [model.get('width') || w, model.get('height') || h];
    fill();
    layout();
    update();
  }
  function tell(values) { for (const [k, v] of Object.entries(values)) model.set(k, v); model.save_changes(); }

  // -- film strip: cells are kept, so that what has the focus keeps it
  function cell(p) {
    const image = element('img', {alt: '', draggable: false}), words = element('span', {className: 'idc-pending'}), number = element('span', {className: 'idc-number'});
    const option = element('div', {className: 'idc-option', role: 'option'}, element('div', {className: 'idc-crop'}, image), words, number);
    const mine = element('button', {type: 'button', className: 'idc-star'});
    option.onclick = () => go(pictures.indexOf(entry(p.id)));
    mine.onclick = () => mark(pictures.indexOf(entry(p.id)));
    return {option, image, words, number, star: mine};
  }
  function fill() {
    const active = root.contains(document.activeElement) ? document.activeElement : null;
    for (const [id, c] of cells) if (!entry(id)) { c.option.remove(); c.star.remove(); cells.delete(id); }
    pictures.forEach((p, i) => {
      if (!cells.has(p.id)) cells.set(p.id, cell(p));
      const c = cells.get(p.id);
      if (list.children[i] !== c.option) list.insertBefore(c.option, list.children[i] ?? null);
      if (marks.children[i] !== c.star) marks.insertBefore(c.star, marks.children[i] ?? null);
    });
    if (active && document.activeElement !== active) { // it was moved or dropped
      if (active.isConnected) active.focus({preventScroll: true});
      else (cells.get(current())?.option ?? stage).focus({preventScroll: true});
    }
  }
  function thumbs() {
    for (const p of pictures) {
      const {image} = cells.get(p.id), url = shelf.url(p.id, p.thumb ? 'thumb' : 'src');
      if (url && image.getAttribute('src') !== url) image.src = url;
      if (!url) image.removeAttribute('src');
      image.hidden = !url;
    }
  }
  function show(c) { // in the strip, without moving the page
    const {offsetLeft: x, offsetTop: y, offsetWidth: a, offsetHeight: b} = c.option, room = 12;
    if (x - room < strip.scrollLeft) strip.scrollLeft = x - room;
    else if (x + a + room > strip.scrollLeft + strip.clientWidth) strip.scrollLeft = x + a + room - strip.clientWidth;
    if (y - room < strip.scrollTop) strip.scrollTop = y - room;
    else if (y + b + room > strip.scrollTop + strip.clientHeight) strip.scrollTop = y + b + room - strip.clientHeight;
  }

  // -- what a person does
  function go(i) {
    if (!pictures.length) return;
    i = clamp(i, 0, pictures.length - 1);
    const inside = list.contains(document.activeElement) || marks.contains(document.activeElement), onStar = marks.contains(document.activeElement);
    if (i !== index) { index = i; tell({index}); model.send({chosen: i, id: pictures[i].id}); }
    update();
    const c = cells.get(pictures[i].id);
    if (inside) c[onStar ? 'star' : 'option'].focus({preventScroll: true});
    show(c);
  }
  function mark(i) {
    const p = pictures[i];
    if (!p) return;
    stars.set(p.id, !starred(p));
    model.send({star: [i, starred(p)], id: p.id});
    update();
  }
  function compare(value) {
    against = value === ORIGINAL ? ORIGINAL : pictures[+value].id;
    tell({against: value === ORIGINAL ? -1 : +value});
    update();
  }
  function choose(name) { mode = mode === name ? '' : name; update(); }
  function holding(on) { if (held !== on) { held = on; update(); } }

  // -- where it is seen
  const pixels = () => devicePixelRatio || 1;
  const fitting = () => Math.min(canvas.width/(w || 1), canvas.height/(h || 1));
  const least = () => Math.min(1, fitting());
  function place() { // device pixels per pixel, and where the photograph begins
    const s = fitted ? fitting() : zoom;
    const begin = (room, n, c) => n*s <= room ? Math.round((room - n*s)/2) : clamp(Math.round(room/2 - c*s), Math.floor(room - n*s), 0);
    return {s, x: begin(canvas.width, w, cx), y: begin(canvas.height, h, cy)};
  }
  function centre({s, x, y}) { cx = (canvas.width/2 - x)/s; cy = (canvas.height/2 - y)/s; }
  function scaleTo(s, [px, py] = [canvas.width/2, canvas.height/2]) { // what is under the device pixel (px, py) stays there
    const now = place(), to = clamp(s, least(), 32);
    [cx, cy] = [[px, now.x, canvas.width], [py, now.y, canvas.height]].map(([p, at, room]) => (p - at)/now.s + (room/2 - p)/to);
    zoom = to;
    fitted = Math.abs(to - fitting()) < 1e-6*to;
    centre(place());
    update();
  }
  function scale(by, at) {
    const now = place().s, to = now*by, f = fitting();
    scaleTo((now < f && to > f) || (now > f && to < f) ? f : (now < 1 && to > 1) || (now > 1 && to < 1) ? 1 : to, at); // stops at fit and at 1:1
  }
  function toFit() { fitted = true; update(); }
  function toOne(at) { scaleTo(1, at); }
  function device(e) {
    const r = canvas.getBoundingClientRect();
    return [(e.clientX - r.left)/r.width*canvas.width, (e.clientY - r.top)/r.height*canvas.height];
  }
  function visible() { // left and right of what is seen of the photograph, in device pixels
    const {s, x} = place();
    return [Math.max(0, x), Math.min(canvas.width, x + w*s)];
  }

  // -- drawing
  function best(id) { // the picture to draw; the full one where the other has too few pixels, as soon as it is there
    const screen = shelf.image(id, 'src') ?? (id === current() ? shelf.image(id, 'thumb') : null), {s} = place();
    if (screen ? s*w <= screen.naturalWidth*1.02 : shelf.slots.has(`src ${id}`) && !shelf.failed(id)) return screen;
    return shelf.image(id, 'full') ?? screen;
  }
  function paint(id) {
    const image = best(id), {s, x, y} = place();
    if (!image) { context.fillStyle = 'rgba(128, 128, 128, .25)'; context.fillRect(x, y, w*s, h*s); return; }
    const kx = s*w/image.naturalWidth, ky = s*h/image.naturalHeight; // device pixels per pixel of the file
    context.imageSmoothingEnabled = fitted || kx <= 2;
    context.imageSmoothingQuality = 'high';
    const part = (k, at, room, n) => { const a = clamp(Math.floor(-at/k) - 1, 0, n), b = clamp(Math.ceil((room - at)/k) + 1, 0, n); return [a, b - a]; };
    const [ax, nx] = part(kx, x, canvas.width, image.naturalWidth), [ay, ny] = part(ky, y, canvas.height, image.naturalHeight);
    if (nx > 0 && ny > 0) context.drawImage(image, ax, ay, nx, ny, x + ax*kx, y + ay*ky, nx*kx, ny*ky);
  }
  function stroke(lines, dash) { // one device pixel of the screen wide, dark on both sides
    const {s, x, y} = place(), u = Math.max(1, Math.round(pixels())), half = u % 2/2;
    const kx = s*w/model.get('outline_width'), ky = s*h/model.get('outline_height');
    context.beginPath();
    for (const p of lines) {
      for (let i = 0; i < p.length; i += 2) context[i ? 'lineTo' : 'moveTo'](Math.round(x + p[i]*kx) + half, Math.round(y + p[i + 1]*ky) + half);
      context.closePath();
    }
    for (const [colour, width] of [['rgba(0, 0, 0, .6)', 3*u], ['white', u]]) {
      context.setLineDash(colour === 'white' ? dash.map(v => v*u) : []);
      Object.assign(context, {strokeStyle: colour, lineWidth: width, lineJoin: 'round'});
      context.stroke();
    }
    context.setLineDash([]);
  }
  function divide(at) { // the line between two pictures, and its handle
    const u = pixels(), y = canvas.height/2;
    for (const [colour, width] of [['rgba(0, 0, 0, .5)', 4*u], ['white', 2*u]]) { context.fillStyle = colour; context.fillRect(at - width/2, 0, width, canvas.height); }
    context.beginPath();
    context.arc(at, y, 15*u, 0, 7);
    Object.assign(context, {fillStyle: 'white', strokeStyle: 'rgba(0, 0, 0, .5)', lineWidth: u});
    context.fill();
    context.stroke();
    context.beginPath();
    for (const d of [-1, 1]) { context.moveTo(at + 4*d*u, y - 5*u); context.lineTo(at + 9*d*u, y); context.lineTo(at + 4*d*u, y + 5*u); }
    Object.assign(context, {strokeStyle: '#222', lineWidth: 2*u});
    context.stroke();
  }
  const lining = () => mode === 'line' && opposite() !== null && !held;
  const swaps = () => opposite() !== null && (held || (mode === 'blink' && swapped));
  function draw() {
    frame = 0;
    const id = current();
    if (!w && id !== null) { const first = shelf.image(id, 'src'); if (first) [w, h] = [first.naturalWidth, first.naturalHeight]; }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!w || !canvas.width) return said();
    const away = opposite();
    if (away !== null) best(away); // on its way before it is wanted
    if (id !== null) paint(swaps() ? away : id);
    const [a, b] = visible(), at = Math.round(a + share*(b - a));
    if (lining()) {
      context.save();
      context.beginPath();
      context.rect(0, 0, at, canvas.height);
      context.clip();
      context.clearRect(0, 0, at, canvas.height);
      paint(away);
      context.restore();
    }
    if (lined) { if (near.length) stroke(near, [5, 4]); stroke(hole, []); }
    if (lining()) divide(at);
    shelf.forget();
    said();
  }
  function said() { // what is written over the picture
    const p = pictures[index];
    const ready = p && (shelf.image(p.id, 'src') ?? shelf.image(p.id, 'thumb'));
    write(words, !pictures.length ? 'No completions yet' : ready ? '' : p.pending ? 'being drawn' : shelf.failed(p.id) ? 'This picture could not be loaded' : p.src ? 'loading' : '');
    stage.classList.toggle('idc-shimmer', !!p?.pending && !ready);
    const away = opposite(), draft = p?.pending && ready ? `${named(p, index)}, being drawn` : '';
    write(left, lining() || swaps() ? title(away) : draft);
    write(right, lining() ? title(current()) : '');
  }
  function redraw() { frame ||= requestAnimationFrame(draw); }

  // -- the rest of the page follows
  function update() {
    const n = pictures.length, p = pictures[index], away = opposite();
    write(count, n ? `${index + 1} of ${n}` : '');
    previous.disabled = !n || index === 0;
    next.disabled = !n || index === n - 1;
    star.disabled = !n;
    star.textContent = p && starred(p) ? '★' : '☆';
    star.setAttribute('aria-pressed', !!p && starred(p));
    const choices = [...(hasOriginal() ? [[ORIGINAL, 'the original']] : []), ...pictures.map((q, i) => [String(i), named(q, i)])];
    const key = JSON.stringify(choices);
    if (other.dataset.key !== key) { other.dataset.key = key; other.replaceChildren(...choices.map(([value, text]) => element('option', {value, textContent: text}))); }
    for (const o of other.options) o.disabled = o.value === String(index);
    other.value = away === null ? '' : away === ORIGINAL ? ORIGINAL : String(pictures.indexOf(entry(away)));
    other.disabled = !n || choices.length < 2;
    for (const b of [hold, line, blink]) b.disabled = away === null;
    write(hold, away === null || away === ORIGINAL ? 'Hold: original' : `Hold: ${title(away)}`);
    hold.setAttribute('aria-pressed', held);
    for (const [b, name] of [[line, 'line'], [blink, 'blink']]) b.setAttribute('aria-pressed', mode === name);
    outline.disabled = !hole.length;
    outline.setAttribute('aria-pressed', lined);
    for (const b of [out, into, fit, one]) b.disabled = current() === null;
    range.hidden = mode !== 'line' || away === null;
    if (mode === 'blink' && away !== null) timer ||= setInterval(() => { swapped = !swapped; redraw(); }, 600);
    else { clearInterval(timer); timer = 0; swapped = false; }
    pictures.forEach((q, i) => {
      const c = cells.get(q.id), on = i === index, text = named(q, i);
      const name = [text, ...(starred(q) ? ['favourite'] : []), ...(q.pending ? ['being drawn'] : [])].join(', ');
      if (c.option.getAttribute('aria-label') !== name) c.option.setAttribute('aria-label', name);
      c.option.setAttribute('aria-selected', on);
      c.option.tabIndex = c.star.tabIndex = on ? 0 : -1;
      c.option.classList.toggle('idc-shimmer', !!q.pending && !q.src);
      write(c.words, q.pending ? `being drawn${typeof q.pending === 'number' && q.pending < 1 ? `, ${Math.round(100*q.pending)} %` : ''}` : '');
      write(c.number, text.replace(/^Completion /, ''));
      write(c.star, starred(q) ? '★' : '☆');
      c.star.setAttribute('aria-label', `Favourite: ${text}`);
      c.star.title = `Favourite: ${text}`;
      c.star.setAttribute('aria-pressed', starred(q));
    });
    write(label, p ? named(p, index) : '');
    write(details, p?.details ?? '');
    write(live, p ? `${named(p, index)}, ${index + 1} of ${n}${starred(p) ? ', favourite' : ''}` : 'No completions yet');
    canvas.setAttribute('aria-label', p ? `${named(p, index)}${p.details ? `. ${p.details}` : ''}` : 'The photograph');
    looked();
    thumbs();
    redraw();
  }
  function looked() { // zoom
    const {s} = place(), [a, b] = visible(), k = canvas.width/(stage.clientWidth || 1) || 1;
    write(percent, w && canvas.width ? `${Math.round(100*s)} %` : '');
    fit.setAttribute('aria-pressed', fitted);
    one.setAttribute('aria-pressed', Math.abs(s - 1) < 1e-9);
    stage.classList.toggle('idc-zoomed', !fitted && s > fitting());
    stage.classList.toggle('idc-lining', mode === 'line');
    left.style.left = `${a/k + 8}px`;
    right.style.right = `${(canvas.width - b)/k + 8}px`;
    Object.assign(range.style, {marginLeft: `${a/k}px`, width: `${(b - a)/k}px`});
  }
  function layout() { // thumbnails beside the picture where there is room, else below
    const room = root.clientWidth || 700, n = pictures.length, wide = room >= 1000, whole = document.fullscreenElement === root;
    const columns = wide ? (room >= 1600 && n > 4 ? 2 : 1) : n;
    const size = wide ? (room >= 1250 ? 200 : 170) : room >= 600 ? 160 : 116;
    root.classList.toggle('idc-wide', wide);
    crop = around(hole.length ? boundingBox(hole).map((v, i) => v*(i % 2 ? h/model.get('outline_height') : w/model.get('outline_width'))) : [0, 0, 0, 0], w || 4, h || 3);
    const [x, y, cw, ch] = crop;
    root.style.setProperty('--idc-thumb', `${size}px`);
    root.style.setProperty('--idc-ratio', `${cw/ch}`);
    pictures.forEach((p, i) => {
      const c = cells.get(p.id), at = {gridColumn: String(i % columns + 1), gridRow: String(Math.floor(i/columns) + 1)};
      Object.assign(c.option.style, at);
      Object.assign(c.star.style, at);
      Object.assign(c.image.style, {width: `${100*(w || 4)/cw}%`, height: `${100*(h || 3)/ch}%`, left: `${-100*x/cw}%`, top: `${-100*y/ch}%`});
    });
    const beside = wide && n ? columns*(size + 8) + 16 : 0, high = Math.max(260, window.innerHeight - (wide ? 150 : 330));
    stage.style.height = whole ? '' : `${Math.round(Math.min(high, Math.max(220, (room - beside)*(h || 3)/(w || 4))))}px`;
    strip.style.maxHeight = wide && !whole ? `${Math.round(parseFloat(stage.style.height) + 30)}px` : '';
    strip.hidden = !n;
  }
  function sized(entries) {
    const box = entries?.[0]?.devicePixelContentBoxSize?.[0];
    const about = [stage.clientWidth*pixels(), stage.clientHeight*pixels()].map(Math.round);
    const [W, H] = box && Math.abs(box.inlineSize - about[0]) < 2 ? [box.inlineSize, box.blockSize] : about; // an emulated screen tells it in CSS pixels
    if (W !== canvas.width || H !== canvas.height) { canvas.width = W; canvas.height = H; looked(); draw(); }
  }

  // -- pointer: mouse, pen and touch alike
  let drag = null, pinch = 0;
  const between = () => { const [a, b] = [...fingers.values()]; return [Math.hypot(a[0] - b[0], a[1] - b[1]), [(a[0] + b[0])/2, (a[1] + b[1])/2]]; };
  function moveLine(x) { const [a, b] = visible(); share = clamp((x - a)/(b - a || 1), 0, 1); range.value = Math.round(100*share); redraw(); }
  canvas.onpointerdown = e => {
    if (e.button) return;
    canvas.setPointerCapture?.(e.pointerId);
    const at = device(e), [a, b] = visible();
    fingers.set(e.pointerId, at);
    if (fingers.size === 2) { drag = null; pinch = between()[0]; return; }
    const onLine = lining() && (fitted || Math.abs(at[0] - a - share*(b - a)) < 24*pixels());
    drag = {at, line: onLine};
    if (onLine) moveLine(at[0]);
  };
  canvas.onpointermove = e => {
    if (!fingers.has(e.pointerId)) return;
    const at = device(e);
    fingers.set(e.pointerId, at);
    if (fingers.size === 2) { const [d, middle] = between(); scale(d/pinch, middle); pinch = d; }
    else if (drag?.line) moveLine(at[0]);
    else if (drag && !fitted) {
      const {s, x, y} = place();
      [cx, cy] = [(canvas.width/2 - x - at[0] + drag.at[0])/s, (canvas.height/2 - y - at[1] + drag.at[1])/s];
      centre(place());
      drag.at = at;
      looked();
      redraw();
    }
  };
  canvas.onpointerup = canvas.onpointercancel = e => { fingers.delete(e.pointerId); drag = null; };
  canvas.ondblclick = e => { if (fitted) toOne(device(e)); else toFit(); };
  canvas.addEventListener('wheel', e => {
    const ours = e.ctrlKey || e.metaKey || root.contains(document.activeElement) || document.fullscreenElement === root || !scrolls(root);
    if (!ours || (e.deltaY > 0 && place().s <= least() + 1e-9)) return; // nothing smaller: the page may move
    e.preventDefault();
    const by = Math.exp(-clamp(e.deltaY*[1, 20, 400][e.deltaMode], -150, 150)/400);
    scaleTo(place().s*by, device(e));
  }, {passive: false});
  range.oninput = () => { share = range.value/100; redraw(); };
  hold.onpointerdown = e => { hold.setPointerCapture?.(e.pointerId); holding(true); };
  hold.onpointerup = hold.onpointercancel = () => holding(false);
  hold.onclick = e => { if (!e.detail && !e.pointerType) holding(!held); }; // pressed by a program that reads the page
  hold.onblur = root.onblur = () => holding(false);

  // -- keys
  const keys = {ArrowLeft: () => go(index - 1), ArrowRight: () => go(index + 1), Home: () => go(0), End: () => go(pictures.length - 1),
    f: () => mark(index), s: () => mark(index), h: () => { if (hole.length) { lined = !lined; update(); } }, l: () => choose('line'), b: () => choose('blink'),
    '+': () => scale(1.25), '=': () => scale(1.25), '-': () => scale(1/1.25), 0: toFit, z: () => fitted ? toOne() : toFit(), o: () => holding(true), ' ': () => holding(true)};
  for (let k = 1; k < 10; k++) keys[k] = () => { if (k <= pictures.length) go(k - 1); };
  const ofList = {...keys, ArrowUp: keys.ArrowLeft, ArrowDown: keys.ArrowRight};
  root.onkeydown = e => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target === other) return;
    const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    if (e.target === range && /^(Arrow|Home|End|Page)/.test(key)) return e.stopPropagation();
    if (e.target.tagName === 'BUTTON' && (key === ' ' || key === 'Enter')) {
      if (e.target === hold) { e.preventDefault(); holding(true); }
      return e.stopPropagation();
    }
    const act = (strip.contains(e.target) ? ofList : keys)[key];
    if (!act) return;
    e.preventDefault();
    e.stopPropagation();
    if (!e.repeat || /^Arrow|[+=-]/.test(key)) act();
  };
  root.onkeyup = e => {
    if (e.target === hold && (e.key === ' ' || e.key === 'Enter')) e.preventDefault();
    if (e.key === ' ' || e.key.toLowerCase() === 'o' || (e.target === hold && e.key === 'Enter')) holding(false);
  };
  root.addEventListener('focusout', e => { if (!root.contains(e.relatedTarget)) holding(false); });

  // -- the host
  function drawn() { // other outlines, or another size
    const lines = name => { const bits = bytes(model.get(name)); return bits.length ? contours(bits, model.get('outline_width'), model.get('outline_height')) : []; };
    [w, h] = [model.get('width') || w, model.get('height') || h];
    [hole, near] = [lines('outline'), lines('around')];
    layout();
    update();
  }
  function moved() { if (model.get('index') !== index) { index = clamp(model.get('index'), 0, Math.max(0, pictures.length - 1)); update(); if (pictures[index]) show(cells.get(pictures[index].id)); } }
  function compared() { const k = model.get('against'); against = k < 0 ? ORIGINAL : pictures[k]?.id ?? ORIGINAL; update(); }
  function told(message, buffers) { if (message?.is && buffers?.length) { shelf.answer(...message.is, buffers[0]); thumbs(); redraw(); } }
  function screened() { full.setAttribute('aria-pressed', document.fullscreenElement === root); layout(); }
  const events = [['change:pictures', changed], ['change:original', changed], ['change:index', moved], ['change:against', compared], ['msg:custom', told],
    ...['outline', 'around', 'outline_width', 'outline_height', 'width', 'height'].map(name => [`change:${name}`, drawn])];
  for (const [name, f] of events) model.on(name, f);
  document.addEventListener('fullscreenchange', screened);
  window.addEventListener('resize', layout);
  const watch = new ResizeObserver(sized), rooms = new ResizeObserver(layout);
  try { watch.observe(canvas, {box: 'device-pixel-content-box'}); } catch { watch.observe(canvas); }
  rooms.observe(root);
  index = model.get('index') ?? 0;
  changed();
  compared();
  drawn();
  return () => {
    for (const [name, f] of events) model.off(name, f);
    document.removeEventListener('fullscreenchange', screened);
    window.removeEventListener('resize', layout);
    watch.disconnect();
    rooms.disconnect();
    clearInterval(timer);
    cancelAnimationFrame(frame);
    shelf.keep(new Set());
    root.remove();
  };
}

export default {render};
