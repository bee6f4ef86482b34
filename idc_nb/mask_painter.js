// The front end of MaskPainter (nbs/81_mask_painter.ipynb), which says what is asked of a host. No library.
// A layer is the hole, or where may be looked: one bit per pixel, row by row without padding, the first pixel in the highest bit, as numpy.packbits has it.
// What is painted is decided at pixel centres, (x + 1/2, y + 1/2), so that anyone can compute the same.
// Nothing here may take longer for a large photograph than for a small one, except what touches all of it; and that works on bytes, eight pixels at once.

const ONES = Uint8Array.from({length: 256}, (_, v) => { let n = 0; for (; v; v &= v - 1) n++; return n; });
const size = (w, h) => (w*h + 7) >> 3;
const bytes = view => view ? new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength) : new Uint8Array();
const NOWHERE = [Infinity, Infinity, -Infinity, -Infinity];
const union = (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
const count = bits => { let n = 0; for (let j = 0; j < bits.length; j++) n += ONES[bits[j]]; return n; };

// ---- A layer: `bits` as they are, `kept` as they were after the last change that counts; `ones` of `bits` are set

export class Layer {
  constructor(w, h, bits, within) {
    Object.assign(this, {w, h, within, bits: new Uint8Array(size(w, h)), dirty: NOWHERE});
    if (bits.length === this.bits.length) this.bits.set(bits);
    this.kept = this.bits.slice();
    this.ones = count(this.bits);
  }

  // Pixels [from, to) of row y become `value`, where painting is allowed
  span(y, from, to, value) {
    from = Math.max(0, from); to = Math.min(this.w, to);
    if (y < 0 || y >= this.h || from >= to) return;
    const a = y*this.w + from, b = y*this.w + to - 1, first = a >> 3, last = b >> 3, {bits, within} = this;
    let n = 0;
    for (let j = first; j <= last; j++) {
      let m = 255;
      if (j === first) m &= 255 >> (a & 7);
      if (j === last) m &= 255 << (7 - (b & 7));
      if (within) m &= within[j];
      const old = bits[j], now = value ? old | m : old & ~m;
      if (now !== old) { n += ONES[now] - ONES[old]; bits[j] = now; }
    }
    this.ones += n;
  }
  touch(box) { this.dirty = union(this.dirty, box); return box; }

  // Pixels whose centre lies within `r` of the segment from a to b. In each row they are an interval: from the nearest one it is halved to its ends
  segment(a, b, r, value) {
    const dx = b[0] - a[0], dy = b[1] - a[1], length2 = dx*dx + dy*dy, r2 = r*r;
    const left = Math.floor(Math.min(a[0], b[0]) - r) - 1, right = Math.ceil(Math.max(a[0], b[0]) + r) + 1;
    const top = Math.max(0, Math.floor(Math.min(a[1], b[1]) - r)), bottom = Math.min(this.h, Math.ceil(Math.max(a[1], b[1]) + r));
    const inside = (i, y) => {
      const x = i + .5, t = length2 ? Math.max(0, Math.min(1, ((x - a[0])*dx + (y - a[1])*dy)/length2)) : 0;
      const ex = x - a[0] - t*dx, ey = y - a[1] - t*dy;
      return ex*ex + ey*ey <= r2;
    };
    const end = (inner, outer, y) => { while (Math.abs(outer - inner) > 1) { const mid = (inner + outer) >> 1; if (inside(mid, y)) inner = mid; else outer = mid; } return inner; };
    const [low, high] = a[1] < b[1] ? [a, b] : [b, a];
    for (let row = top; row < bottom; row++) {
      const y = row + .5, x = y <= low[1] ? low[0] : y >= high[1] ? high[0] : a[0] + (y - a[1])/dy*dx, i = Math.floor(x - .5);
      const start = inside(i, y) ? i : inside(i + 1, y) ? i + 1 : null;
      if (start !== null) this.span(row, end(start, left, y), end(start, right, y) + 1, value);
    }
    return this.touch([left, top, right, bottom]);
  }

  // Pixels whose centre lies in the rectangle with corners a and b
  rectangle(a, b, value) {
    const [left, top, right, bottom] = [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])].map(v => Math.ceil(v - .5));
    for (let y = Math.max(0, top); y < Math.min(this.h, bottom); y++) this.span(y, left, right, value);
    return this.touch([left, top, right, bottom]);
  }

  // Pixels whose centre lies in the polygon, closed, by the even-odd rule
  polygon(points, value) {
    const cuts = new Map();
    let box = NOWHERE;
    points.forEach((a, i) => {
      const b = points[(i + 1) % points.length], low = Math.min(a[1], b[1]), high = Math.max(a[1], b[1]);
      box = union(box, [Math.floor(a[0]), Math.floor(a[1]), Math.ceil(a[0]), Math.ceil(a[1])]);
      for (let y = Math.max(0, Math.ceil(low - .5)); y < Math.min(this.h, Math.ceil(high - .5)); y++) {
        if (!cuts.has(y)) cuts.set(y, []);
        cuts.get(y).push(a[0] + (y + .5 - a[1])/(b[1] - a[1])*(b[0] - a[0]));
      }
    });
    for (const [y, xs] of cuts) {
      xs.sort((p, q) => p - q);
      for (let i = 0; i + 1 < xs.length; i += 2) this.span(y, Math.ceil(xs[i] - .5), Math.ceil(xs[i + 1] - .5), value);
    }
    return this.touch(box);
  }

  // Every byte b becomes change(b), where painting is allowed
  every(change) {
    const {bits, within} = this, spare = bits.length*8 - this.w*this.h;
    for (let j = 0; j < bits.length; j++) {
      let m = within ? within[j] : 255;
      if (j === bits.length - 1) m &= 255 << spare;
      bits[j] = bits[j] & ~m | change(bits[j]) & m;
    }
    this.ones = count(bits);
    this.dirty = [0, 0, this.w, this.h];
  }

  // Where rows [top, bottom) of the dirty rectangle lie in `bits`: for each row the first byte, and one behind the last
  *ranges([left, top, right, bottom]) {
    left = Math.max(0, left); right = Math.min(this.w, right);
    if (left < right) for (let y = Math.max(0, top); y < Math.min(this.h, bottom); y++) yield [(y*this.w + left) >> 3, ((y*this.w + right - 1) >> 3) + 1];
  }

  // What was changed, as an entry of the history: bytes before it; null if nothing was
  keep() {
    const {bits, kept} = this, places = [], old = [];
    let done = -1;
    for (const [from, to] of this.ranges(this.dirty)) {
      let a = Math.max(from, done), b = to;
      while (a < b && bits[a] === kept[a]) a++;
      while (b > a && bits[b - 1] === kept[b - 1]) b--;
      if (a === b) continue;
      if (places.length && a === places.at(-1)) { places[places.length - 1] = b; } else places.push(a, b);
      old.push(kept.slice(a, b));
      kept.set(bits.subarray(a, b), a);
      done = b;
    }
    const box = this.dirty;
    this.dirty = NOWHERE;
    if (!old.length) return null;
    const before = new Uint8Array(old.reduce((n, o) => n + o.length, 0));
    old.reduce((n, o) => { before.set(o, n); return n + o.length; }, 0);
    return {layer: this, box, places: Int32Array.from(places), before, bytes: before.length + 4*places.length};
  }

  // Back to before an entry; the entry then leads forth
  swap({places, before}) {
    for (let i = 0, n = 0; i < places.length; i += 2) {
      const [a, b] = [places[i], places[i + 1]];
      for (let j = a; j < b; j++, n++) { const now = this.bits[j]; this.ones += ONES[before[n]] - ONES[now]; this.bits[j] = this.kept[j] = before[n]; before[n] = now; }
    }
  }

  // As if nothing had been touched since `keep`
  restore() {
    const box = this.dirty;
    for (const [from, to] of this.ranges(box)) for (let j = from; j < to; j++)
      if (this.bits[j] !== this.kept[j]) { this.ones += ONES[this.kept[j]] - ONES[this.bits[j]]; this.bits[j] = this.kept[j]; }
    this.dirty = NOWHERE;
    return box;
  }

  // Takes bits from elsewhere; whether they are others
  take(given) {
    const {bits} = this, all = given.length === bits.length ? given : new Uint8Array(bits.length);
    let a = 0, b = bits.length;
    while (a < b && bits[a] === all[a]) a++;
    if (a === b) return false;
    while (bits[b - 1] === all[b - 1]) b--;
    for (let j = a; j < b; j++) this.ones += ONES[all[j]] - ONES[bits[j]];
    bits.set(all.subarray(a, b), a);
    this.touch([0, Math.floor(8*a/this.w), this.w, Math.ceil(8*b/this.w)]);
    return true;
  }
}

// ---- History: what changed, of all layers, at most `most` bytes of it

class History {
  constructor(most = 64e6) { this.past = []; this.future = []; this.most = most; this.bytes = 0; }
  add(entry) {
    this.past.push(entry);
    this.future = [];
    this.bytes = this.past.reduce((n, e) => n + e.bytes, 0);
    while (this.past.length > 1 && this.bytes > this.most) this.bytes -= this.past.shift().bytes;
  }
  step(from, to) { const e = from.pop(); if (!e) return null; e.layer.swap(e); to.push(e); return e; }
  undo() { return this.step(this.past, this.future); }
  redo() { return this.step(this.future, this.past); }
}

// ---- What is seen

const SVG = 'http://www.w3.org/2000/svg';
const TOOLS = [['brush', 'Brush', 'B', 'Paint with a brush'], ['eraser', 'Eraser', 'E', 'Take away what is painted'], ['rectangle', 'Rectangle', 'R', 'Drag a rectangle'],
  ['lasso', 'Lasso', 'L', 'Draw round it'], ['select', 'Select', 'S', 'Click on an object, or scribble on it'], ['box', 'Select in box', 'X', 'Drag a box around an object']];
const KINDS = [['', 'Anywhere', 'New content may look like any part of the photograph'], ['only', 'Only here', 'New content looks like what is painted blue'],
  ['except', 'Not here', 'New content does not look like what is painted blue']];
const KEYS = 'Alt, Shift or the right button takes away. [ ] size, Ctrl+Z undo, Ctrl+Shift+Z redo, I invert, Del clear, + − 0 zoom, Ctrl and wheel or two fingers zoom, Space or the middle button moves, Esc lets go.';
const colour = (r, g, b, a) => new Uint32Array(new Uint8Array([r, g, b, a]).buffer)[0];
const HOLE = colour(255, 0, 80, 128), HOLE_EDGE = colour(255, 235, 240, 230), LINE = colour(255, 0, 80, 230), SHADE = colour(0, 0, 0, 110);
const BLUE = colour(0, 90, 255, 70), STRIPE = colour(0, 60, 230, 190), BLUE_EDGE = colour(225, 240, 255, 230);
const WHOLE = 3e6; // up to so many pixels the tint has one for each; beyond, it has those that are seen

function element(name, props = {}, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(props)) /^(aria|data|role$)/.test(k) ? e.setAttribute(k, v) : e[k] = v;
  e.append(...children);
  return e;
}

// One byte for each block of k x k pixels of `part`, and of one more block around it: 1 if any pixel of it is set. Beyond the picture all are
function blocks(bits, w, h, [left, top, right, bottom], k) {
  const cols = Math.ceil((right - left)/k) + 2, rows = Math.ceil((bottom - top)/k) + 2, out = new Uint8Array(cols*rows);
  const first = left < k ? 1 : 0, last = Math.min(cols, Math.ceil((w - left)/k) + 1), whole = Math.min(last, Math.floor((w - left)/k) + 1); // blocks of the picture; those that are whole
  for (let r = 0, o = 0; r < rows; r++, o += cols) {
    const y0 = top + (r - 1)*k, y1 = Math.min(h, y0 + k);
    if (y0 < 0 || y0 >= h) { out.fill(1, o, o + cols); continue; }
    for (let y = y0; y < y1; y++) {
      let i = y*w + left + (first - 1)*k;
      if (k === 1) for (let c = first; c < whole; c++, i++) out[o + c] = bits[i >> 3] >> (7 - (i & 7)) & 1;
      else if (k <= 17) for (let c = first, m = (1 << k) - 1; c < whole; c++, i += k) { // up to three bytes at once
        if (out[o + c]) continue;
        const j = i >> 3;
        if ((bits[j] << 16 | bits[j + 1] << 8 | bits[j + 2]) >> (24 - k - (i & 7)) & m) out[o + c] = 1;
      } else for (let c = first; c < whole; c++, i += k) out[o + c] |= any(bits, i, i + k);
      if (whole < last) out[o + whole] |= any(bits, i, (y + 1)*w);
    }
    if (first) out[o] = 1;
    out.fill(1, o + last, o + cols);
  }
  return out;
}
function any(bits, from, to) { for (let i = from; i < to; i++) if (bits[i >> 3] >> (7 - (i & 7)) & 1) return 1; return 0; }

// Tint and outlines in `part` of the picture, one pixel of the canvas for k x k of it; the canvas begins at (x, y)
function paintTint(context, {hole, source, around, within}, part, k, x, y) {
  const {w, h} = hole, cols = Math.ceil((part[2] - part[0])/k), rows = Math.ceil((part[3] - part[1])/k);
  if (cols < 1 || rows < 1) return;
  const image = context.createImageData(cols, rows), pixels = new Uint32Array(image.data.buffer);
  const of = bits => bits && blocks(bits, w, h, part, k), n = cols + 2, skew = part[0]/k + part[1]/k;
  const a = of(hole.bits), b = source.ones && source.shown ? of(source.bits) : null, line = of(around), may = of(within);
  for (let r = 0, at = 0; r < rows; r++) for (let c = 0, i = (r + 1)*n + 1; c < cols; c++, at++, i++) {
    if (a[i]) pixels[at] = a[i - 1] && a[i + 1] && a[i - n] && a[i + n] ? HOLE : HOLE_EDGE;
    else if (line && line[i] && !(line[i - 1] && line[i + 1] && line[i - n] && line[i + n])) pixels[at] = LINE;
    else if (b && b[i]) pixels[at] = !(b[i - 1] && b[i + 1] && b[i - n] && b[i + n]) ? BLUE_EDGE : ((skew + c + r) & 7) < 2 ? STRIPE : BLUE;
    else if (may && !may[i]) pixels[at] = SHADE;
  }
  context.putImageData(image, Math.round((part[0] - x)/k), Math.round((part[1] - y)/k));
}

function render({model, el}) {
  const w = model.get('width'), h = model.get('height'), n = size(w, h);
  const optional = name => { const b = bytes(model.get(name)); return b.length === n ? b : null; };
  const hole = new Layer(w, h, bytes(model.get('bits')), optional('within')), source = new Layer(w, h, bytes(model.get('source')), null);
  hole.trait = 'bits';
  source.trait = 'source';
  const shown = {hole, source, around: optional('around'), within: hole.within}, history = new History();
  let tool = 'brush', layer = hole, zoom = 1, fitted = true, stroke = null, moving = null, pinch = null, space = false, waiting = false;
  let area = [0, 0, w, h], k = 1, planned = 0;
  const fingers = new Map();

  // -- structure
  const url = model.get('photo_url') || URL.createObjectURL(new Blob([bytes(model.get('photo'))]));
  const photo = element('img', {alt: 'the photograph', draggable: false, src: url}), tint = element('canvas', {width: w, height: h, 'aria-hidden': 'true'});
  const context = tint.getContext('2d'), overlay = document.createElementNS(SVG, 'svg');
  overlay.setAttribute('preserveAspectRatio', 'none');
  overlay.setAttribute('aria-hidden', 'true');
  const stage = element('div', {className: 'idc-stage'}, photo, tint, overlay);
  const view = element('div', {className: 'idc-view', tabIndex: 0, role: 'group', 'aria-label': 'the photograph, to paint on'}, stage);
  const button = (text, title, act, keys) => {
    const b = element('button', {type: 'button', textContent: text, title: keys ? `${title} (${keys})` : title, onclick: act});
    if (text.length < 2) b.setAttribute('aria-label', title);
    return b;
  };
  const group = (label, ...children) => element('div', {className: 'idc-group', role: 'group', 'aria-label': label}, ...children);
  const pressed = (buttons, name) => { for (const [key, b] of Object.entries(buttons)) b.setAttribute('aria-pressed', key === name); };
  const can = ([name]) => model.get('can_select') || !['select', 'box'].includes(name);
  const tools = Object.fromEntries(TOOLS.filter(can).map(([name, text, key, title]) => [name, button(text, title, () => choose(name), key)]));
  const layers = {bits: button('Hole', 'Paint over what should go', () => turn(hole)), source: button('Where it may look', 'Paint what new content may look like', () => turn(source))};
  const kinds = Object.fromEntries(KINDS.map(([name, text, title]) => [name, button(text, title, () => setKind(name))]));
  const kindBar = group('What blue means', ...Object.values(kinds));
  const width = element('input', {type: 'range', min: 1, max: Math.max(50, Math.round(Math.min(w, h)/2)), value: Math.max(3, Math.round(Math.min(w, h)/12)), 'aria-label': 'size of the brush in pixels'});
  const widthText = element('span', {className: 'idc-size'});
  const number = (label, value, min, max) => element('input', {type: 'number', value, min, max, step: 1, 'aria-label': label});
  const px = number('by how many pixels', Math.max(1, Math.round(Math.max(w, h)/250)), 1, Math.max(w, h));
  const file = element('input', {type: 'file', accept: 'image/*', hidden: true, 'aria-label': 'picture file, white where to paint'});
  const undo = button('Undo', 'Undo', () => step('undo'), 'Ctrl+Z'), redo = button('Redo', 'Redo', () => step('redo'), 'Ctrl+Shift+Z');
  const morph = (how, text, title) => button(text, title, () => ask({morph: {how, px: Math.max(1, Math.round(+px.value) || 1)}}));
  const numbers = [number('left', 0, 0, w), number('top', 0, 0, h), number('width', Math.ceil(w/4), 1, w), number('height', Math.ceil(h/4), 1, h)];
  const form = element('form', {className: 'idc-group', onsubmit: e => { e.preventDefault(); byNumbers(1); }},
    ...numbers.map(i => element('label', {}, `${i.getAttribute('aria-label')} `, i)), element('button', {type: 'submit', textContent: 'Add rectangle', title: 'Paint this rectangle'}), button('Remove rectangle', 'Take this rectangle away', () => byNumbers(0)), ...model.get('can_select') ? [button('Select in it', 'Find the object in this rectangle', () => selectIn())] : []);
  const bar = element('div', {className: 'idc-bar', role: 'toolbar', 'aria-label': 'painting'}, ...model.get('with_source') ? [group('What is painted', ...Object.values(layers)), kindBar] : [],
    group('Tools', ...Object.values(tools)), element('label', {}, 'size ', width, widthText));
  const rare = (...of) => { const g = group(...of); g.classList.add('idc-rare'); return g; }; // where it is narrow, behind a button
  const others = button('More tools', 'Clear, invert, the outline, files', () => others.setAttribute('aria-expanded', root.classList.toggle('idc-all')));
  const more = element('div', {className: 'idc-bar', role: 'toolbar', 'aria-label': 'changes'}, group('Back and forth', undo, redo),
    rare('All of it', button('Clear', 'Take everything away', () => all(() => 0), 'Delete'), button('Invert', 'What is painted is not, and the other way round', () => all(v => ~v), 'I')),
    rare('The outline', morph('grow', 'Grow', 'Move the outline out'), morph('shrink', 'Shrink', 'Move the outline in'), morph('smooth', 'Smooth', 'Round the outline'), element('label', {}, 'by ', px, ' px')),
    rare('File', button('Load', 'Load a picture, white where to paint', () => file.click()), button('Save', 'Save what is painted as a PNG, white where painted', save)),
    group('Zoom', button('−', 'Zoom out', () => scale(zoom/1.25)), button('+', 'Zoom in', () => scale(zoom*1.25)), button('Fit', 'See all of it', fit, '0'), others), file);
  others.className = 'idc-others';
  others.setAttribute('aria-expanded', false);
  const note = element('div', {className: 'idc-note', 'aria-live': 'polite'});
  const root = element('div', {className: 'idc-painter', tabIndex: -1, role: 'group', 'data-lm-suppress-shortcuts': 'true', 'aria-label': 'painter of the hole'},
    bar, more, view, note, element('details', {className: 'idc-help'}, element('summary', {textContent: 'Rectangle by numbers; keys'}), form, element('p', {textContent: KEYS})));
  el.append(root);

  // -- drawing: a small photograph has a canvas of its own size, a large one of what is seen of it
  function place() {
    if (w*h > WHOLE) {
      const v = view.getBoundingClientRect(), s = stage.getBoundingClientRect(), z = s.width/w || 1, edge = 32/z;
      k = Math.max(1, Math.round(1/(z*(window.devicePixelRatio || 1))));
      const at = (a, b, most) => Math.max(0, Math.min(most, k*Math.floor((a - b)/z/k)));
      area = [at(v.left, s.left + 32, w), at(v.top, s.top + 32, h), Math.min(w, at(v.right, s.left, w) + Math.ceil(edge) + k), Math.min(h, at(v.bottom, s.top, h) + Math.ceil(edge) + k)];
    }
    const [left, top, right, bottom] = area, cols = Math.ceil((right - left)/k), rows = Math.ceil((bottom - top)/k);
    if (tint.width !== cols || tint.height !== rows) { tint.width = cols; tint.height = rows; }
    for (const e of [tint, overlay]) Object.assign(e.style, {left: `${100*left/w}%`, top: `${100*top/h}%`, width: `${100*cols*k/w}%`, height: `${100*rows*k/h}%`});
    overlay.setAttribute('viewBox', `${left} ${top} ${cols*k} ${rows*k}`);
    redraw();
  }
  function plan() { if (!planned) planned = requestAnimationFrame(() => { planned = 0; place(); }); }
  function redraw(box = area) { // and a little beyond it, where the outline may change
    const [l, t, r, b] = area, down = (v, from) => from + k*Math.floor((v - from)/k), up = (v, from) => from + k*Math.ceil((v - from)/k);
    source.shown = model.get('with_source') && (layer === source || model.get('source_kind') !== '');
    paintTint(context, shown, [Math.max(l, down(box[0] - k, l)), Math.max(t, down(box[1] - k, t)), Math.min(r, up(box[2] + k, l)), Math.min(b, up(box[3] + k, t))], k, l, t);
  }
  function say() {
    const wrong = model.get('note'), part = `${(100*layer.ones/(w*h)).toFixed(1)} % ${layer === hole ? 'painted' : 'painted blue'}`;
    note.textContent = waiting ? 'One moment …' : wrong || `${w} x ${h} pixels, ${part}`;
    note.classList.toggle('idc-bad', !waiting && !!wrong);
    root.classList.toggle('idc-waiting', waiting);
    root.setAttribute('aria-busy', waiting);
    undo.disabled = !history.past.length;
    redo.disabled = !history.future.length;
  }
  function choose(name) { if (!tools[name]) return; tool = name; pressed(tools, name); shape(); }
  function turn(to) { // to the other layer
    layer = to;
    pressed(layers, to.trait);
    pressed(kinds, model.get('source_kind') ?? '');
    kindBar.hidden = to === hole;
    redraw();
    say();
  }
  function resize(by) { width.value = Math.max(1, Math.round(+width.value*by + Math.sign(by - 1))); sized(); }
  function sized() { widthText.textContent = ` ${width.value} px`; }

  // -- telling the host: one message for each change, with a copy that nobody paints on
  function send(which) {
    if (which === source && source.ones && !model.get('source_kind')) model.set('source_kind', 'only');
    model.set(which.trait, new DataView(which.bits.slice().buffer));
    told();
  }
  function told() {
    model.set('note', '');
    model.set('strokes', model.get('strokes') + 1);
    model.save_changes();
    say();
  }
  function commit() {
    const entry = layer.keep();
    if (!entry) return say();
    history.add(entry);
    send(layer);
  }
  function step(way) { // 'undo' or 'redo'
    cancel();
    const entry = waiting ? null : history[way]();
    if (!entry) return;
    if (layer !== entry.layer) turn(entry.layer);
    redraw(entry.box);
    send(entry.layer);
  }
  function all(change) { if (waiting) return; cancel(); layer.every(change); redraw(); commit(); }
  function setKind(kind) { model.set('source_kind', kind); pressed(kinds, kind); redraw(); told(); }
  function byNumbers(value) {
    const [x, y, a, b] = numbers.map(i => Math.round(+i.value));
    if (waiting || !(a > 0 && b > 0)) return;
    redraw(layer.rectangle([x, y], [x + a, y + b], value));
    commit();
  }
  function selectIn() {
    const [x, y, a, b] = numbers.map(i => Math.round(+i.value));
    if (a > 0 && b > 0) ask({select: {points: [], box: [x, y, x + a, y + b], erase: false}});
  }
  function take(which) { // from the host, or from another view
    if (stroke) cancel();
    if (which.take(bytes(model.get(which.trait)))) { const box = which.dirty, entry = which.keep(); if (entry) history.add(entry); redraw(box); }
    say();
  }

  // -- asking the host, which answers by changing the traits; until it is done nothing is painted, since its answer holds the whole layer
  function ask(content, buffers = []) {
    if (waiting) return;
    waiting = true;
    say();
    model.send({...content, layer: layer.trait}, undefined, buffers);
  }
  function answered() { waiting = !!model.get('busy'); say(); }
  file.onchange = async () => {
    if (file.files.length) ask({load: file.files[0].name}, [await file.files[0].arrayBuffer()]);
    file.value = '';
  };
  function save() {
    const out = element('canvas', {width: w, height: h}), c = out.getContext('2d');
    for (let top = 0; top < h; top += 256) {
      const rows = Math.min(256, h - top), image = c.createImageData(w, rows), pixels = new Uint32Array(image.data.buffer), black = colour(0, 0, 0, 255);
      for (let i = 0, at = top*w; i < pixels.length; i++, at++) pixels[i] = layer.bits[at >> 3] >> (7 - (at & 7)) & 1 ? 0xffffffff : black;
      c.putImageData(image, 0, top);
    }
    out.toBlob(blob => {
      const href = URL.createObjectURL(blob);
      element('a', {href, download: layer === hole ? 'hole.png' : 'where.png'}).click();
      setTimeout(() => URL.revokeObjectURL(href), 60000);
    });
  }

  // -- zoom: CSS pixels per pixel of the photograph; what is at (x, y) of the window stays there
  function scale(z, centre, keepFit = false) {
    const v = view.getBoundingClientRect(), [x, y] = centre ?? [v.left + v.width/2, v.top + v.height/2], s = stage.getBoundingClientRect();
    const fx = (x - s.left)/(s.width || 1), fy = (y - s.top)/(s.height || 1);
    zoom = Math.max(Math.min(.02, 100/Math.max(w, h)), Math.min(40, z));
    fitted = keepFit;
    stage.style.width = `${w*zoom}px`;
    stage.style.height = `${h*zoom}px`;
    stage.classList.toggle('idc-pixels', zoom >= 2);
    const now = stage.getBoundingClientRect();
    view.scrollLeft += now.left + fx*now.width - x;
    view.scrollTop += now.top + fy*now.height - y;
    if (w*h > WHOLE) place();
  }
  function fit() { const room = root.clientWidth - 2 || 600; scale(Math.min(room/w, Math.max(200, .75*window.innerHeight - 2)/h), undefined, true); }
  const watch = new ResizeObserver(() => { if (fitted) fit(); else if (w*h > WHOLE) plan(); });
  view.addEventListener('wheel', e => { if (e.ctrlKey || e.metaKey) { e.preventDefault(); scale(zoom*Math.exp(-e.deltaY/300), [e.clientX, e.clientY]); } }, {passive: false});
  view.addEventListener('scroll', () => { if (w*h > WHOLE) plan(); });

  // -- pointer: mouse, pen and touch alike; the stage may be stretched by whatever it is in
  let frame = null; // of the stage, once per event
  function at(e) { return [(e.clientX - frame.left)/frame.width*w, (e.clientY - frame.top)/frame.height*h]; }
  function svg(name, attributes) {
    const e = document.createElementNS(SVG, name);
    for (const [key, v] of Object.entries(attributes)) e.setAttribute(key, v);
    return e;
  }
  const brushes = () => tool === 'brush' || tool === 'eraser';
  function shape(p) { // what is about to be painted
    const parts = [];
    if (stroke && (tool === 'rectangle' || tool === 'box')) {
      const [a, b] = [stroke.points[0], stroke.points.at(-1)];
      parts.push(svg('rect', {x: Math.min(a[0], b[0]), y: Math.min(a[1], b[1]), width: Math.abs(a[0] - b[0]), height: Math.abs(a[1] - b[1])}));
    } else if (stroke && tool === 'lasso') parts.push(svg('polygon', {points: stroke.points.join(' ')}));
    else if (stroke && tool === 'select') parts.push(svg('polyline', {points: stroke.points.join(' ')}));
    else if (p && brushes()) parts.push(svg('circle', {cx: p[0], cy: p[1], r: width.value/2}));
    overlay.replaceChildren(...parts.flatMap(s => { const light = s.cloneNode(); light.setAttribute('class', 'idc-light'); return [light, s]; }));
  }
  function cancel() { // as if the stroke had never begun
    if (!stroke) return;
    stroke = null;
    const box = layer.restore();
    if (box !== NOWHERE) redraw(box);
    shape();
  }
  function letGo() { cancel(); if (waiting) { waiting = false; say(); } }
  function hold(e) { try { tint.setPointerCapture(e.pointerId); } catch { /* not a real pointer */ } }
  function two() { // middle of two fingers, and how far they are from each other
    const [a, b] = [...fingers.values()];
    return {x: (a.x + b.x)/2, y: (a.y + b.y)/2, far: Math.hypot(a.x - b.x, a.y - b.y)};
  }
  stage.onpointerdown = e => {
    view.focus({preventScroll: true});
    frame = stage.getBoundingClientRect();
    if (e.pointerType === 'touch') {
      if (e.isPrimary) { fingers.clear(); pinch = null; } // the first one: no other is down
      fingers.set(e.pointerId, {x: e.clientX, y: e.clientY});
      if (fingers.size === 2) { cancel(); pinch = {...two(), zoom}; hold(e); }
      if (fingers.size > 1) return;
    }
    if (stroke || moving) return;
    hold(e);
    if (e.button === 1 || space) { moving = {id: e.pointerId, x: e.clientX, y: e.clientY, left: view.scrollLeft, top: view.scrollTop}; e.preventDefault(); return; }
    if (waiting || e.button > 2) return;
    const value = tool === 'eraser' || e.button === 2 || e.altKey || e.shiftKey ? 0 : 1;
    stroke = {id: e.pointerId, points: [at(e)], value};
    if (brushes()) redraw(layer.segment(stroke.points[0], stroke.points[0], width.value/2, value));
    shape(at(e));
  };
  stage.onpointermove = e => {
    frame = stage.getBoundingClientRect();
    if (fingers.has(e.pointerId)) fingers.set(e.pointerId, {x: e.clientX, y: e.clientY});
    if (pinch && fingers.size === 2) {
      const now = two();
      view.scrollLeft -= now.x - pinch.x;
      view.scrollTop -= now.y - pinch.y;
      if (pinch.far > 0) scale(zoom*now.far/pinch.far, [now.x, now.y]);
      pinch = now;
      return;
    }
    if (moving?.id === e.pointerId) { view.scrollLeft = moving.left - e.clientX + moving.x; view.scrollTop = moving.top - e.clientY + moving.y; return; }
    if (stroke?.id === e.pointerId) {
      const events = e.getCoalescedEvents?.() ?? [];
      let box = NOWHERE;
      for (const p of (events.length ? events : [e]).map(at)) {
        if (brushes()) box = union(box, layer.segment(stroke.points.at(-1), p, width.value/2, stroke.value));
        stroke.points.push(p);
      }
      if (box !== NOWHERE) redraw(box);
    }
    shape(at(e));
  };
  stage.onpointerup = e => {
    fingers.delete(e.pointerId);
    if (fingers.size < 2) pinch = null;
    if (moving?.id === e.pointerId) { moving = null; return; }
    if (stroke?.id !== e.pointerId) return;
    const {points, value} = stroke, [a, b] = [points[0], points.at(-1)];
    stroke = null;
    if (tool === 'rectangle') redraw(layer.rectangle(a, b, value));
    if (tool === 'lasso') redraw(layer.polygon(points, value));
    shape(e.pointerType === 'touch' ? undefined : at(e));
    if (tool === 'select') ask({select: {points, box: null, erase: !value}});
    else if (tool === 'box') ask({select: {points: [], box: [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])], erase: !value}});
    else commit();
  };
  stage.onpointercancel = e => { fingers.delete(e.pointerId); pinch = moving = null; cancel(); };
  stage.onpointerleave = () => { if (!stroke) shape(); };
  stage.oncontextmenu = e => e.preventDefault();

  // -- keys, while the painter has the focus
  const keys = {b: () => choose('brush'), e: () => choose('eraser'), r: () => choose('rectangle'), l: () => choose('lasso'), s: () => choose('select'), x: () => choose('box'),
    i: () => all(v => ~v), '[': () => resize(1/1.2), ']': () => resize(1.2), Delete: () => all(() => 0), Backspace: () => all(() => 0), Escape: letGo,
    '+': () => scale(zoom*1.25), '=': () => scale(zoom*1.25), '-': () => scale(zoom/1.25), 0: fit, ' ': () => { space = true; }};
  root.onkeydown = e => {
    const typed = e.target.matches('input'), on = e.target.matches('button, summary, input');
    if (typed && e.target !== width) return;
    const command = e.ctrlKey || e.metaKey, key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    const act = command ? {z: () => step(e.shiftKey ? 'redo' : 'undo'), y: () => step('redo')}[key] : typed ? undefined : keys[key];
    if (!act || (key === ' ' && on)) return;
    e.preventDefault();
    e.stopPropagation();
    act();
  };
  root.onkeyup = e => { if (e.key === ' ') space = false; };
  width.oninput = sized;

  const heard = {bits: () => take(hole), source: () => take(source), source_kind: () => turn(layer), busy: answered, note: say,
    around: () => { shown.around = optional('around'); redraw(); }, photo_url: () => { if (model.get('photo_url')) photo.src = model.get('photo_url'); }};
  for (const [name, f] of Object.entries(heard)) model.on(`change:${name}`, f);
  choose('brush');
  sized();
  place();
  turn(hole);
  fit();
  watch.observe(root);
  return () => {
    for (const [name, f] of Object.entries(heard)) model.off(`change:${name}`, f);
    watch.disconnect();
    cancelAnimationFrame(planned);
    if (url.startsWith('blob:')) URL.revokeObjectURL(url);
    root.remove();
  };
}

export default {render};
