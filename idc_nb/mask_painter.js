// The front end of MaskPainter (nbs/81_mask_painter.ipynb). A mask is a Uint8Array of width*height bytes, 0 or 1, row by row.
// What is painted is decided at pixel centres, (x + 1/2, y + 1/2), so that anyone can compute the same mask.

// ---- Rasterising: each function sets pixels to `value` and returns the rectangle it looked at, [left, top, right, bottom]

function clipped(mask, [left, top, right, bottom]) {
  return [Math.max(0, Math.floor(left)), Math.max(0, Math.floor(top)), Math.min(mask.w, Math.ceil(right)), Math.min(mask.h, Math.ceil(bottom))];
}

function mark(mask, box, value, inside) {
  const [left, top, right, bottom] = clipped(mask, box);
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++)
    if (inside(x + .5, y + .5) && (!mask.within || mask.within[y*mask.w + x])) mask.data[y*mask.w + x] = value;
  return [left, top, right, bottom];
}

// Pixels whose centre lies within `radius` of the segment from a to b
export function markSegment(mask, a, b, radius, value) {
  const dx = b[0] - a[0], dy = b[1] - a[1], length2 = dx*dx + dy*dy;
  const box = [Math.min(a[0], b[0]) - radius, Math.min(a[1], b[1]) - radius, Math.max(a[0], b[0]) + radius, Math.max(a[1], b[1]) + radius];
  return mark(mask, box, value, (x, y) => {
    const t = length2 ? Math.max(0, Math.min(1, ((x - a[0])*dx + (y - a[1])*dy)/length2)) : 0;
    const ex = x - a[0] - t*dx, ey = y - a[1] - t*dy;
    return ex*ex + ey*ey <= radius*radius;
  });
}

// Pixels whose centre lies in the rectangle with corners a and b
export function markRectangle(mask, a, b, value) {
  const box = [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
  return mark(mask, box, value, (x, y) => x >= box[0] && x < box[2] && y >= box[1] && y < box[3]);
}

// Pixels whose centre lies in the polygon, closed, by the even-odd rule
export function markPolygon(mask, points, value) {
  const xs = points.map(p => p[0]), ys = points.map(p => p[1]);
  const box = clipped(mask, [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]);
  for (let y = box[1]; y < box[3]; y++) {
    const cuts = [];
    points.forEach((a, i) => {
      const b = points[(i + 1) % points.length];
      if (a[1] <= y + .5 !== b[1] <= y + .5) cuts.push(a[0] + (y + .5 - a[1])/(b[1] - a[1])*(b[0] - a[0]));
    });
    mark(mask, [box[0], y, box[2], y + 1], value, x => cuts.filter(c => c <= x).length % 2 === 1);
  }
  return box;
}

// ---- One bit per pixel, first pixel in the highest bit, as numpy.packbits has it

export function pack(data) {
  const bits = new Uint8Array(Math.ceil(data.length/8));
  data.forEach((v, i) => { if (v) bits[i >> 3] |= 128 >> (i & 7); });
  return bits;
}

export function unpack(bits, n) {
  const data = new Uint8Array(n);
  for (let i = 0; i < n; i++) data[i] = bits[i >> 3] >> (7 - (i & 7)) & 1;
  return data;
}

const bytes = view => view ? new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength) : new Uint8Array();
const same = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);

// ---- History: packed masks, at most `most` bytes of them

class History {
  constructor(now, most = 64e6) { this.past = []; this.now = now; this.future = []; this.most = most; }
  add(bits) {
    this.past.push(this.now);
    while (this.past.length > 1 && this.past.length*bits.length > this.most) this.past.shift();
    this.now = bits;
    this.future = [];
  }
  undo() { if (!this.past.length) return false; this.future.push(this.now); this.now = this.past.pop(); return true; }
  redo() { if (!this.future.length) return false; this.past.push(this.now); this.now = this.future.pop(); return true; }
}

// ---- What is seen

const SVG = 'http://www.w3.org/2000/svg';
const TOOLS = [['brush', 'Brush', 'B'], ['eraser', 'Eraser', 'E'], ['rectangle', 'Rectangle', 'R'], ['lasso', 'Lasso', 'L']];
const HELP = 'Alt, Shift or the right button erases. [ ] size, Ctrl+Z undo, Ctrl+Shift+Z redo, I invert, Del clear, + − 0 zoom, Space or middle button moves.';

function element(name, props = {}, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(props)) k.startsWith('aria') || k.startsWith('data') ? e.setAttribute(k, v) : e[k] = v;
  e.append(...children);
  return e;
}

function canvas(w, h) { return element('canvas', {width: w, height: h}); }

// Tint and outline of the mask in `box`, and a little beyond it, where the outline may change; and the line along the inner edge of `mask.around`
function paintTint(context, mask, box) {
  const [left, top, right, bottom] = clipped(mask, [box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1]), w = right - left, h = bottom - top;
  if (w < 1 || h < 1) return;
  const image = context.createImageData(w, h);
  const covers = data => (x, y) => x < 0 || y < 0 || x >= mask.w || y >= mask.h || data[y*mask.w + x];
  const atEdge = (on, x, y) => !(on(x - 1, y) && on(x + 1, y) && on(x, y - 1) && on(x, y + 1));
  const on = covers(mask.data), near = mask.around && covers(mask.around);
  for (let y = top, i = 0; y < bottom; y++) for (let x = left; x < right; x++, i += 4) {
    if (mask.data[y*mask.w + x]) {
      image.data.set(atEdge(on, x, y) ? [255, 235, 240, 230] : [255, 0, 80, 128], i);
    } else if (near && near(x, y) && atEdge(near, x, y)) image.data.set([255, 0, 80, 230], i);
    else if (mask.within && !mask.within[y*mask.w + x]) image.data.set([0, 0, 0, 110], i);
  }
  context.putImageData(image, left, top);
}

function render({model, el}) {
  const w = model.get('width'), h = model.get('height');
  const within = bytes(model.get('within'));
  const optional = bits => bits.length ? unpack(bits, w*h) : null;
  const mask = {w, h, data: unpack(bytes(model.get('bits')), w*h), within: optional(within), around: optional(bytes(model.get('around')))};
  const history = new History(pack(mask.data));
  let tool = 'brush', zoom = 1, fitted = true, stroke = null, moving = null, space = false;

  // -- structure
  const photo = element('img', {alt: 'photograph', draggable: false}), tint = canvas(w, h), context = tint.getContext('2d');
  const overlay = document.createElementNS(SVG, 'svg');
  overlay.setAttribute('viewBox', `0 0 ${w} ${h}`);
  overlay.setAttribute('preserveAspectRatio', 'none');
  const stage = element('div', {className: 'idc-stage'}, photo, tint, overlay), view = element('div', {className: 'idc-view'}, stage);
  const button = (text, title, act) => element('button', {type: 'button', textContent: text, title, onclick: act, 'aria-label': title});
  const tools = Object.fromEntries(TOOLS.map(([name, text, key]) => [name, button(`${text} (${key})`, `${text}: ${key}`, () => choose(name))]));
  const size = element('input', {type: 'range', min: 1, max: Math.max(50, Math.round(Math.min(w, h)/2)), value: Math.max(3, Math.round(Math.min(w, h)/12)), 'aria-label': 'brush diameter in pixels'});
  const sizeText = element('span', {className: 'idc-size'});
  const file = element('input', {type: 'file', accept: 'image/*', hidden: true, 'aria-label': 'mask file'});
  const undo = button('Undo', 'Undo: Ctrl+Z', () => step(history.undo())), redo = button('Redo', 'Redo: Ctrl+Shift+Z', () => step(history.redo()));
  const bar = element('div', {className: 'idc-bar'}, ...Object.values(tools), element('label', {}, 'size ', size, sizeText), undo, redo,
    button('Clear', 'Clear: Delete', () => all(() => 0)), button('Invert', 'Invert: I', () => all(v => 1 - v)),
    button('Load', 'Load a mask file, white where to replace', () => file.click()), button('Save', 'Save the mask as PNG', save),
    button('−', 'Zoom out: -', () => scale(zoom/1.25)), button('+', 'Zoom in: +', () => scale(zoom*1.25)), button('Fit', 'Zoom to fit: 0', fit), file);
  const note = element('div', {className: 'idc-note', 'aria-live': 'polite'});
  const root = element('div', {className: 'idc-painter', tabIndex: 0, 'data-lm-suppress-shortcuts': 'true', 'aria-label': 'mask painter'},
    bar, view, note, element('div', {className: 'idc-help'}, HELP));
  photo.src = URL.createObjectURL(new Blob([bytes(model.get('photo'))]));
  el.append(root);

  // -- drawing
  function redraw(box = [0, 0, w, h]) { paintTint(context, mask, box); }
  function say() {
    const n = mask.data.reduce((a, v) => a + v, 0);
    note.textContent = model.get('note') || `${w} x ${h} pixels, ${(100*n/(w*h)).toFixed(1)} % painted`;
    note.classList.toggle('idc-bad', !!model.get('note'));
    undo.disabled = !history.past.length;
    redo.disabled = !history.future.length;
  }
  function choose(name) {
    tool = name;
    for (const [k, b] of Object.entries(tools)) b.setAttribute('aria-pressed', k === name);
    shape();
  }
  function resize(by) { size.value = Math.max(1, Math.round(+size.value*by + Math.sign(by - 1))); sized(); }
  function sized() { sizeText.textContent = ` ${size.value} px`; }

  // -- telling Python: one message for each stroke
  function send() {
    model.set('bits', new DataView(history.now.buffer));
    model.set('note', '');
    model.set('strokes', model.get('strokes') + 1);
    model.save_changes();
    say();
  }
  function commit() {
    const bits = pack(mask.data);
    if (same(bits, history.now)) return say();
    history.add(bits);
    send();
  }
  function step(moved) {
    if (!moved) return;
    mask.data = unpack(history.now, w*h);
    redraw();
    send();
  }
  function all(change) {
    mask.data = mask.data.map((v, i) => !mask.within || mask.within[i] ? change(v) : v);
    redraw();
    commit();
  }
  function changed() { // from Python, or from another view
    const bits = bytes(model.get('bits')).slice();
    if (!same(bits, history.now)) { history.add(bits); mask.data = unpack(bits, w*h); redraw(); }
    say();
  }
  function outlined() { mask.around = optional(bytes(model.get('around'))); redraw(); }

  // -- files
  file.onchange = async () => {
    if (file.files.length) model.send({load: file.files[0].name}, undefined, [await file.files[0].arrayBuffer()]);
    file.value = '';
  };
  function save() {
    const out = canvas(w, h), c = out.getContext('2d'), image = c.createImageData(w, h);
    mask.data.forEach((v, i) => image.data.set([255*v, 255*v, 255*v, 255], 4*i));
    c.putImageData(image, 0, 0);
    out.toBlob(blob => {
      const url = URL.createObjectURL(blob);
      element('a', {href: url, download: 'mask.png'}).click();
      setTimeout(() => URL.revokeObjectURL(url), 60000);
    });
  }

  // -- zoom: CSS pixels per pixel of the photograph
  function scale(z, keepFit = false) {
    zoom = Math.max(.02, Math.min(40, z));
    fitted = keepFit;
    stage.style.width = `${w*zoom}px`;
    stage.style.height = `${h*zoom}px`;
    stage.classList.toggle('idc-pixels', zoom >= 2);
  }
  function fit() { const room = root.clientWidth - 2 || 600; scale(Math.min(room/w, Math.max(200, .7*window.innerHeight)/h), true); }
  const watch = new ResizeObserver(() => { if (fitted) fit(); });
  view.addEventListener('wheel', e => { if (e.ctrlKey || e.metaKey) { e.preventDefault(); scale(zoom*Math.exp(-e.deltaY/300)); } }, {passive: false});

  // -- pointer: mouse, pen and touch alike; the canvas may be stretched by whatever it is in
  function at(e) {
    const r = tint.getBoundingClientRect();
    return [(e.clientX - r.left)/r.width*w, (e.clientY - r.top)/r.height*h];
  }
  function svg(name, attributes) {
    const e = document.createElementNS(SVG, name);
    for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
    return e;
  }
  function shape(p) { // what is about to be painted
    const parts = [];
    if (stroke && tool === 'rectangle') {
      const [a, b] = [stroke.points[0], stroke.points.at(-1)];
      parts.push(svg('rect', {x: Math.min(a[0], b[0]), y: Math.min(a[1], b[1]), width: Math.abs(a[0] - b[0]), height: Math.abs(a[1] - b[1])}));
    } else if (stroke && tool === 'lasso') parts.push(svg('polygon', {points: stroke.points.join(' ')}));
    else if (p && (tool === 'brush' || tool === 'eraser')) parts.push(svg('circle', {cx: p[0], cy: p[1], r: size.value/2}));
    overlay.replaceChildren(...parts.flatMap(s => { const light = s.cloneNode(); light.setAttribute('class', 'idc-light'); return [light, s]; }));
  }
  function cancel() { // as if the stroke had never begun
    if (!stroke) return;
    mask.data = unpack(history.now, w*h);
    stroke = null;
    redraw();
    shape();
  }
  tint.onpointerdown = e => {
    root.focus({preventScroll: true});
    if (stroke || moving) { if (e.pointerType === 'touch') cancel(); return; } // a second finger means something else
    tint.setPointerCapture(e.pointerId);
    if (e.button === 1 || space) { moving = {id: e.pointerId, x: e.clientX, y: e.clientY, left: view.scrollLeft, top: view.scrollTop}; e.preventDefault(); return; }
    const value = tool === 'eraser' || e.button === 2 || e.altKey || e.shiftKey ? 0 : 1;
    stroke = {id: e.pointerId, points: [at(e)], value};
    if (tool === 'brush' || tool === 'eraser') redraw(markSegment(mask, stroke.points[0], stroke.points[0], size.value/2, value));
    shape(at(e));
  };
  tint.onpointermove = e => {
    if (moving?.id === e.pointerId) { view.scrollLeft = moving.left - e.clientX + moving.x; view.scrollTop = moving.top - e.clientY + moving.y; return; }
    if (stroke?.id === e.pointerId) {
      const events = e.getCoalescedEvents?.() ?? [];
      for (const p of (events.length ? events : [e]).map(at)) {
        if (tool === 'brush' || tool === 'eraser') redraw(markSegment(mask, stroke.points.at(-1), p, size.value/2, stroke.value));
        stroke.points.push(p);
      }
    }
    shape(at(e));
  };
  tint.onpointerup = e => {
    if (moving?.id === e.pointerId) { moving = null; return; }
    if (stroke?.id !== e.pointerId) return;
    const {points, value} = stroke;
    stroke = null;
    if (tool === 'rectangle') redraw(markRectangle(mask, points[0], points.at(-1), value));
    if (tool === 'lasso') redraw(markPolygon(mask, points, value));
    shape(e.pointerType === 'touch' ? undefined : at(e));
    commit();
  };
  tint.onpointercancel = () => { moving = null; cancel(); };
  tint.onpointerleave = () => { if (!stroke) shape(); };
  tint.oncontextmenu = e => e.preventDefault();

  // -- keys, while the painter has the focus
  const keys = {b: () => choose('brush'), e: () => choose('eraser'), r: () => choose('rectangle'), l: () => choose('lasso'), i: () => all(v => 1 - v),
    '[': () => resize(1/1.2), ']': () => resize(1.2), Delete: () => all(() => 0), Backspace: () => all(() => 0), Escape: cancel,
    '+': () => scale(zoom*1.25), '=': () => scale(zoom*1.25), '-': () => scale(zoom/1.25), 0: fit, ' ': () => { space = true; }};
  root.onkeydown = e => {
    const command = e.ctrlKey || e.metaKey, key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    const act = command ? {z: () => step(e.shiftKey ? history.redo() : history.undo()), y: () => step(history.redo())}[key] : e.target === size ? undefined : keys[key];
    if (!act || (key === ' ' && e.target !== root)) return;
    e.preventDefault();
    e.stopPropagation();
    act();
  };
  root.onkeyup = e => { if (e.key === ' ') space = false; };
  size.oninput = sized;

  model.on('change:bits', changed);
  model.on('change:around', outlined);
  model.on('change:note', say);
  choose('brush');
  sized();
  redraw();
  say();
  fit();
  watch.observe(root);
  return () => { model.off('change:bits', changed); model.off('change:around', outlined); model.off('change:note', say); watch.disconnect(); URL.revokeObjectURL(photo.src); };
}

export default {render};
