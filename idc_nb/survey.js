// The page of the survey (nbs/69a_survey_server.ipynb): it shows what the server says, and sends what a person chooses.
const byId = id => document.getElementById(id);

function make(name, props = {}, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(props)) if (/^(aria|data)-|^role$/.test(k)) e.setAttribute(k, v); else e[k] = v;
  e.append(...children);
  return e;
}

const button = (text, act, props = {}) => make('button', {type: 'button', textContent: text, onclick: act, ...props});
const title = text => make('h1', {textContent: text, tabIndex: -1});
const SIDES = ['left', 'right'], NAMES = ['Original', 'With the hole', 'Left', 'Right'];
const UNSEEN = 300; // Milliseconds in which nobody has looked at a pair: such a key was meant for the one before

// ---- Talking with the server

class Trouble extends Error {}

async function ask(method, what, {args = {}, json} = {}) {
  const query = new URLSearchParams(args);
  let answer;
  try { answer = await fetch(`api/${what}${query.size ? `?${query}` : ''}`, {method, headers: {'X-IDC': '1'}, body: json && JSON.stringify(json)}); }
  catch { throw new Trouble('The program cannot be reached. All answers until now are kept. Start it again, then try again.'); }
  if (answer.ok) return answer.headers.get('Content-Type').startsWith('application/json') ? answer.json() : answer.blob();
  throw new Trouble(await answer.json().then(x => x.error, () => null) ?? `The program answered ${answer.status}.`);
}

// Does it; what goes wrong is told, and can be tried again
async function doing(f) {
  byId('problem').hidden = true;
  try { return await f(); }
  catch (e) {
    byId('problem').firstElementChild.textContent = e instanceof Trouble ? e.message : `The page itself has a problem: ${e.message}`;
    byId('problem').lastElementChild.onclick = () => doing(f);
    byId('problem').hidden = false;
  }
}

// ---- Who it is: a random number, behind # and in this browser

const person = () => /^#[0-9a-f]{16}$/.test(location.hash) ? location.hash.slice(1) : null;
const stored = {
  get value() { try { return localStorage.getItem('idc_survey'); } catch { return null; } },
  set value(v) { try { if (v) localStorage.setItem('idc_survey', v); else localStorage.removeItem('idc_survey'); } catch { /* not allowed here */ } },
};
function enter(who) { stored.value = who; history.replaceState(null, '', `${location.pathname}${who ? `#${who}` : ''}`); }

// ---- What is shown

let now = null, shown = null; // The server's state; what is on the screen: at, pictures, since, hidden (ms), open

function show(...children) {
  byId('main').replaceChildren(...children);
  byId('main').querySelector('h1')?.focus({preventScroll: true});
  scrollTo(0, 0);
}

function progress(text, share) {
  byId('progress').textContent = text;
  byId('bar').hidden = share === null;
  byId('bar').value = share ?? 0;
}

async function start() {
  shown = null;
  forget();
  if (person()) return go(await ask('GET', 'state', {args: {person: person()}}));
  const before = stored.value && await ask('GET', 'state', {args: {person: stored.value}}).catch(() => null);
  const first = await ask('GET', 'counts');
  progress('A survey', null);
  const n = (k, what) => `${k} ${what}${k === 1 ? '' : 's'}`;
  const practice = first.tutorial ? `First come ${n(first.tutorial, 'pair')} for practice, where you are told afterwards which one is better; then ${n(first.others, 'pair')}. ` : `There are ${n(first.others, 'pair')}. `;
  const going = before && before.done && before.at !== null;
  show(make('div', {className: 'words'}, title('Which one do you prefer?'),
    make('p', {textContent: 'Something was taken out of photographs, and the hole filled in two ways. You see the photograph, the hole and both results: choose the result that you prefer.'}),
    make('p', {textContent: `${practice}You can stop at any time, and go on later in this browser.`}),
    make('p', {textContent: 'For each pair it is kept which result you chose, and after how many seconds, under a random number: no name, no address, no time of day. If you agree to that, begin.'}),
    make('div', {className: 'row'},
      ...(going ? [button('Go on where this browser stopped', () => { enter(stored.value); doing(start); }, {className: 'main'})] : []),
      button(going ? 'Begin as somebody else' : 'Begin', begin, {className: going ? '' : 'main'}))));
}

const begin = () => doing(async () => { const s = await ask('POST', 'begin'); enter(s.person); await go(s); });

function finish() {
  progress('The end', 1);
  const who = person();
  stored.value = null;
  show(make('div', {className: 'words'}, title('Thank you'),
    make('p', {textContent: `That was all. ${now.done} answers are kept: for each, which pair it was, on which side each result stood, which one you chose, and after how many seconds.`}),
    make('p', {}, 'They stand under the number ', make('code', {textContent: who}), '. With it, whoever asked you can take them out again; without it, nobody knows that they are yours.'),
    make('p', {textContent: 'You can close this window now.'}),
    make('div', {className: 'row'}, button('Somebody else begins', () => { enter(null); doing(start); }))));
}

// The four pictures of a place, as addresses within the page; kept for the one after
const loading = new Map();
function pictures(at) {
  if (!loading.has(at)) loading.set(at, Promise.all(NAMES.map(async (_, what) => {
    const url = URL.createObjectURL(await ask('GET', 'picture', {args: {person: person(), at, what}}));
    const image = make('img', {src: url});
    await image.decode();
    return image;
  })).catch(e => { loading.delete(at); throw e; }));
  return loading.get(at);
}
function forget(...but) {
  for (const [at, images] of loading) if (!but.includes(at)) { loading.delete(at); images.then(xs => xs.forEach(x => URL.revokeObjectURL(x.src)), () => null); }
}

function figure(image, what) {
  image.alt = NAMES[what];
  const look = make('button', {type: 'button', className: 'look', onclick: () => enlarge(what), 'aria-label': `Enlarge: ${NAMES[what].toLowerCase()}`}, image);
  const e = make('figure', {}, make('figcaption', {textContent: NAMES[what]}), look);
  if (what > 1) e.append(button(what === 2 ? '← I prefer the left one' : 'I prefer the right one →', () => choose(SIDES[what - 2]), {className: 'pick'}));
  return e;
}

async function go(state) {
  now = state;
  if (now.at === null) return finish();
  const images = await pictures(now.at);
  forget(now.at, now.then);
  const share = (now.number - 1)/now.of;
  progress(`${now.tutorial ? 'Practice: ' : ''}${now.number} of ${now.of}`, share);
  const pair = make('div', {className: 'pair'}, ...images.map(figure));
  pair.style.setProperty('--ratio', images[0].naturalWidth/images[0].naturalHeight);
  shown = {at: now.at, images, open: false, hidden: 0};
  show(make('div', {className: 'question'}, title('Which result do you prefer?')), pair, told());
  requestAnimationFrame(() => requestAnimationFrame(() => { shown.since = performance.now(); shown.open = true; }));
  if (now.then !== null) pictures(now.then).catch(() => null);
}

const told = () => make('div', {id: 'told', className: 'told', role: 'status'}, make('p', {className: 'keys'},
  make('span', {className: 'by-key'}, 'Keys: ', make('kbd', {textContent: '←'}), ' ', make('kbd', {textContent: '→'}), ' choose, ', make('kbd', {textContent: 'Z'}), ' enlarges. '),
  'Click or tap a picture to enlarge it.'));

// Time that passes while the page cannot be seen does not count
let away = null;
document.addEventListener('visibilitychange', () => {
  if (document.hidden) away = performance.now();
  else if (away !== null && shown?.open) shown.hidden += performance.now() - Math.max(away, shown.since);
});

function choose(side) {
  if (!shown?.open || performance.now() - shown.since < UNSEEN) return;
  shown.open = false;
  const json = {person: person(), at: shown.at, side, seconds: Math.max(0, performance.now() - shown.since - shown.hidden)/1000};
  lock(true);
  doing(async () => {
    const state = await ask('POST', 'answer', {json});
    await (state.better ? feedback(state) : go(state));
  });
}

const lock = on => document.querySelectorAll('.pick').forEach(b => { b.disabled = on; });

function feedback(state) {
  const better = SIDES.indexOf(state.better);
  const [figures, picks] = ['.pair figure', '.pick'].map(s => document.querySelectorAll(s));
  figures[2 + better].classList.add('better');
  figures[2 + better].firstElementChild.textContent += ': the better one';
  picks[state.right ? better : 1 - better].setAttribute('aria-pressed', 'true');
  const words = `${state.right ? 'Yes' : 'No'}: the ${state.better} one is the better completion.`;
  const next = button('Next', () => { next.disabled = true; doing(() => go(state)); }, {className: 'main'});
  byId('told').replaceChildren(make('p', {}, make('strong', {textContent: words}), state.why ? ` ${state.why}` : ''), next);
  next.focus();
}

// ---- One picture, enlarged: all at the same place, in whole multiples of its pixels

let large = 0;
function enlarge(what) {
  large = what;
  const dialog = byId('large'), bar = dialog.querySelector('.choose');
  bar.replaceChildren(...NAMES.map((name, k) => button(name, () => enlarge(k), {'aria-pressed': String(k === what)})), button('Close', () => dialog.close()));
  if (!dialog.open) dialog.showModal();
  const stage = dialog.querySelector('.stage'), image = stage.firstElementChild, from = shown.images[what];
  image.src = from.src; image.alt = NAMES[what];
  const times = Math.max(1, Math.floor(Math.min(stage.clientWidth/from.naturalWidth, stage.clientHeight/from.naturalHeight)));
  image.style.width = `${times*from.naturalWidth}px`;
  bar.children[what].focus();
}
addEventListener('resize', () => { if (byId('large').open) enlarge(large); });

document.addEventListener('keydown', e => {
  if (!shown || e.repeat || e.ctrlKey || e.metaKey || e.altKey) return;
  const step = {ArrowLeft: -1, ArrowRight: 1}[e.key];
  if (byId('large').open) {
    if (step && !e.target.matches('.stage')) { enlarge((large + step + NAMES.length)%NAMES.length); e.preventDefault(); }
    else if (/^z$/i.test(e.key)) byId('large').close();
    return;
  }
  const k = {ArrowLeft: 0, ArrowRight: 1, 1: 0, 2: 1}[e.key];
  if (k !== undefined) { choose(SIDES[k]); e.preventDefault(); }
  else if (/^z$/i.test(e.key)) enlarge(2);
});

if (new URLSearchParams(location.search).has('token')) history.replaceState(null, '', location.pathname + location.hash); // the cookie has it now
addEventListener('hashchange', () => doing(start));
doing(start);
